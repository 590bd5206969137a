import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('./strays/program.mjs', import.meta.url));

/** The program in a process of its own: here vitest takes what nobody catches. */
function run(which: string): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, which], (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });
}

describe('attributeStrays', () => {
  let came: Map<string, unknown>;
  let end: { code: number; err: string };
  beforeAll(async () => {
    const { out, ...rest } = await run('all');
    end = rest;
    const lines = out.split('\n').filter((line) => line !== '');
    came = new Map(lines.map((line) => JSON.parse(line) as [string, unknown]));
  }, 60_000);

  it('leaves nothing to the program', () => {
    expect(end).toEqual({ code: 0, err: '' });
  });

  it.each([
    ['a callback of a timer that throws', 'timer', 'Error: timer'],
    ['a rejected promise that nobody awaits', 'rejection', 'Error: rejection'],
    ['a promise rejected with what is no error', 'value', { nocatch: 'no error' }],
    ['a callback that a message has started', 'message', 'Error: after a message'],
    ['a callback of an async process', 'async', 'Error: async'],
    ['a callback of a generator process that receives', 'generator', 'Error: generator'],
    ['a callback of a generator process that waits for a promise', 'yields', 'Error: yields'],
    ['a callback of a process whose body returned a handler', 'handler', 'Error: handler'],
    ['a callback of a state machine', 'machine', 'Error: slammed'],
    ['a callback that exits by itself, as ever', 'exits', 'had enough'],
  ])('ends the process with the error of %s', (_what, name, reason) => {
    expect(came.get(name)).toEqual(reason);
  });

  it('reports it as the crash of the process, with its state', () => {
    expect(came.get('report')).toEqual([[true, 'Server', 'timer', { state: 'healthy' }]]);
  });

  it('ends a process that waits in its handler, whose caller hears why', () => {
    expect(came.get('suspended')).toBe('exit while it waits');
  });

  it('runs terminate, once, and what the handler waited for has no say any more', () => {
    expect(came.get('stale')).toEqual(['Error: first', 'first', 1]);
  });

  it('ends a process that is in its terminate, with the new reason', () => {
    expect(came.get('terminate')).toBe('Error: in terminate');
  });

  it('makes a start fail', () => {
    expect(came.get('init')).toBe('init_failed starting');
  });

  it('lets a supervisor restart the process', () => {
    expect(came.get('restarted')).toEqual([false, true, 'answered']);
  });

  it('blames the caller that has not awaited its call, not the one that was called', () => {
    expect(came.get('caller')).toEqual(["CallError: call 'crash' failed: the process ended (Error: own)", 'Error: own']);
  });

  it('does not blame who has killed for listeners of the killed', () => {
    expect(came.get('listener')).toEqual([['abort listener'], true]);
  });

  it('knows callbacks of queueMicrotask where the engine does', () => {
    const known = Number(process.versions.node.split('.')[0]) >= 24;
    expect(came.get('microtask')).toEqual(known ? 'Error: microtask' : ['microtask']);
  });
});

describe('an error of nobody', () => {
  it.each([
    ['nobody', 'nobody'],
    ['nobody rejects', 'nobody'],
    ['ended', 'too late'],
    ['off', 'timer'],
    ['then off', 'timer'],
  ])('ends the program, as without: %s', async (which, error) => {
    const { code, err } = await run(which);
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`Error: ${error}\\n {4}at `));
  });
});

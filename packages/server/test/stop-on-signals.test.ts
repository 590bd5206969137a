import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('fixtures/endings-main.mjs', import.meta.url));

let folder: TempFolder;
let child: Child;
beforeEach(() => {
  folder = tempFolder('endings');
});
afterEach(async () => {
  await child.kill(0);
  folder.remove();
});

async function start(options: object, env: NodeJS.ProcessEnv = {}): Promise<void> {
  child = await startNode(main, [], { env: { ...env, OPTIONS: JSON.stringify(options) }, ready: /^listening on \d+/m });
}

function ask(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${/^listening on (\d+)/m.exec(child.output)?.[1]}${path}`);
}

/** Between a thread's death and its replacement there is nobody to ask. */
async function served(): Promise<void> {
  while ((await ask('/')).status === 503);
}

/** A native call holds so many schedulers, one after the other, and nothing ends it; resolves when others have replaced them. */
async function hold(count: number): Promise<void> {
  const pipe = join(folder.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (let i = 0; i < count; i++) {
    await served();
    const from = child.output.length;
    ask(`/hold?pipe=${encodeURIComponent(pipe)}`).catch(() => {});
    await child.waitFor(/is stuck, a new one takes over/, { from });
  }
}

describe.each([0, 2])('SIGTERM with stopOnSignals, SCHEDULERS=%i', (schedulers) => {
  it('stops the application in order and ends the process with 0', async () => {
    await start({ schedulers });
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.output).toContain('the child terminates');
  });

  it('ends the process with 70 past stopTimeoutMs, and says what took so long', async () => {
    await start({ schedulers, stopTimeoutMs: 300 }, { CHILD_ENDS: 'never' });
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: 70, signal: null });
    expect(child.output).toContain('the application did not stop within 300 ms: it was still ending the children');
  });

  it('hurries when a second signal follows', async () => {
    await start({ schedulers }, { CHILD_ENDS: 'never' });
    child.signal('SIGTERM');
    await child.waitFor(/the child terminates/);
    // What comes within half a second is the same request: signals are sent until the process has ended.
    const again = setInterval(() => child.signal('SIGINT'), 100);
    expect(await child.exited).toEqual({ code: 130, signal: null });
    clearInterval(again);
  });
});

describe('a process with a thread that native code holds', () => {
  it('serves, and when it is stopped it ends with SIGKILL as Node would wait for that thread', async () => {
    await start({ schedulers: 2, stuckAfterMs: 1_000 });
    await hold(1);
    await served();
    expect(await (await ask('/')).text()).toBe('here');
    child.signal('SIGTERM');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(child.output).toContain('the child terminates');
    expect(child.output).toContain('native code holds 1 thread: ending with SIGKILL instead of code 0');
  });

  it('asks to be started again when there are more than four', { timeout: 60_000 }, async () => {
    await start({ schedulers: 1, stuckAfterMs: 1_000 });
    await hold(5);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(child.output).toMatch(/giving up: .*native code holds 5 scheduler threads that were replaced; more than 4 are too many/);
    expect(child.output).toContain('native code holds 5 threads: ending with SIGKILL instead of code 70');
  });
});

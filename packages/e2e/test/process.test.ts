import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { freePort, root, type StartOptions, start, startNode, tempFolder } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';

const PATIENT = { timeout: 10_000 };
const FOREVER = 'setInterval(() => {}, 60_000);';
const node = (code: string, options?: StartOptions) => start(process.execPath, ['-e', code], options);

/** Dead, or dead and not yet fetched by its parent. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

describe('start', () => {
  it('waits for the line that says ready', async () => {
    const child = await node(`console.error('up on ' + 4000); ${FOREVER}`, { ready: /up on \d+/ });
    expect(child.output).toBe('up on 4000\n');
    expect(await child.kill()).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('rejects when the program ends before', async () => {
    const failed = node('console.log("no luck"); process.exit(3);', { ready: /ready/ });
    await expect(failed).rejects.toThrow(/ended \(3\) before it printed \/ready\/.*\nno luck/);
  });

  it('rejects when it takes too long', async () => {
    await expect(node(FOREVER, { ready: /ready/, timeoutMs: 50 })).rejects.toThrow('did not print within 50 ms');
  });

  it('rejects for a program that is not there', async () => {
    await expect(start('/nowhere/nothing')).rejects.toThrow('/nowhere/nothing could not be started');
  });
});

describe('startNode', () => {
  it('runs a script with its arguments and environment', async () => {
    const folder = tempFolder('script');
    const script = `${folder.path}/script.mjs`;
    writeFileSync(script, 'console.log(process.argv[2], process.env.REKINDLE_TEST);');
    const child = await startNode(script, ['hello'], { env: { REKINDLE_TEST: 'there' } });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.output).toBe('hello there\n');
    folder.remove();
  });
});

describe('Child', () => {
  it('ends a process that ignores SIGTERM', async () => {
    const child = await node(`process.on('SIGTERM', () => {}); console.log('deaf'); ${FOREVER}`, { ready: /deaf/ });
    expect(await child.kill(50)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('takes its own children along', async () => {
    const parent = await node(`console.log(require('node:child_process').spawn('sleep', ['600']).pid); ${FOREVER}`);
    const [pid] = await parent.waitFor(/\d+/);
    await parent.kill();
    await expect.poll(() => isGone(Number(pid)), PATIENT).toBe(true);
  });

  it('looks for what comes after a place in the output', async () => {
    const child = await node(`console.log('tick'); setTimeout(() => console.log('tick again'), 20); ${FOREVER}`);
    await child.waitFor(/tick/);
    await child.waitFor(/tick/, { from: 'tick'.length });
    expect(child.output).toBe('tick\ntick again\n');
    await child.kill();
  });
});

describe('the end of the test process', () => {
  // Twice a test process inside this one: it starts a child and a folder, tells both, and ends without cleaning up.
  const script = (end: string) => `
    import { start, tempFolder } from '@rekindle/e2e';
    const child = await start('sleep', ['600']);
    console.log(child.pid + ' ' + tempFolder('left').path);
    ${end}
  `;

  it.each([
    ['it exits', 'process.exit(1);'],
    ['it is killed', `process.kill(process.pid, 'SIGKILL');`],
    ['it throws', `throw new Error('crash');`],
  ])('ends the children and removes the folders when %s', async (_, end) => {
    const inner = spawn(process.execPath, ['--input-type=module', '-e', script(end)], { cwd: `${root}/packages/e2e`, stdio: 'pipe' });
    const [line] = (await once(inner.stdout.setEncoding('utf8'), 'data')) as [string];
    const [pid = '', folder = ''] = line.trim().split(' ');
    await expect.poll(() => isGone(Number(pid)) && !existsSync(folder), PATIENT).toBe(true);
  });
});

describe('freePort', () => {
  it('gives ports that can be listened on, each once', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, freePort));
    expect(new Set(ports).size).toBe(20);
    const server = createServer().listen(ports[0], '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });
});

describe('tempFolder', () => {
  it('is removed on demand', () => {
    const folder = tempFolder('test');
    expect(existsSync(folder.path)).toBe(true);
    folder.remove();
    expect(existsSync(folder.path)).toBe(false);
  });
});

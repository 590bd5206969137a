import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { TestNode } from './support/node.js';

let node: TestNode;
const folder = mkdtempSync(join(tmpdir(), 'rekindle-written-off-'));
const pipe = join(folder, 'pipe');
execFileSync('mkfifo', [pipe]);
afterAll(() => rmSync(folder, { recursive: true }));

/** Opening it lets everybody go on who waits for somebody to open it. */
function release(): void {
  closeSync(openSync(pipe, 'r+'));
}

afterEach(async () => {
  release();
  await node.stop();
});

/** Native code holds that scheduler, and it is replaced. */
async function hold(): Promise<void> {
  const agent = await node.agent(0);
  agent.cast('hold', pipe);
  await node.until(() => node.downs.some(({ thread }) => thread === agent.thread));
  await node.running(2);
}

async function soon(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('a thread that native code holds', () => {
  it('is replaced, written off, and no longer counted once the native code has returned', async () => {
    node = new TestNode({ schedulers: 2, stuckAfterMs: 200 });
    await node.threads.start();
    await hold();
    await soon(() => node.threads.writtenOff === 1);
    expect(await (await node.agent(0)).call('echo', 'served')).toBe('served');
    expect(node.fatal).toEqual([]);
    release();
    await soon(() => node.threads.writtenOff === 0);
  });

  it('is one too many when there are more than maxWrittenOff', async () => {
    node = new TestNode({ schedulers: 2, stuckAfterMs: 200, maxWrittenOff: 1 });
    await node.threads.start();
    await hold();
    await soon(() => node.threads.writtenOff === 1);
    expect(node.fatal).toEqual([]);
    await hold();
    await node.until(() => node.fatal.length > 0);
    expect(node.fatal.map(({ message }) => message)).toEqual([
      'native code holds 2 scheduler threads that were replaced; more than 1 are too many',
    ]);
  });

  it('does not keep the others from being ended', async () => {
    node = new TestNode({ schedulers: 2, stuckAfterMs: 60_000, maxWrittenOff: 0 });
    await node.threads.start();
    (await node.agent(0)).cast('hold', pipe);
    await node.threads.stop(100);
    expect(node.threads.running).toEqual([]);
    expect(node.threads.writtenOff).toBe(1);
    // It was to end anyway.
    expect(node.fatal).toEqual([]);
  });
});

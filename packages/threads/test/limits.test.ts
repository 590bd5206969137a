import { GenServer, StartError } from '@rekindle/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { Agents } from './fixtures/agent.mjs';
import { TestNode } from './support/node.js';

let node: TestNode;
afterEach(() => node.stop(100));

describe('start', () => {
  it('hands out what the entry module answers, once per thread', async () => {
    node = new TestNode({ schedulers: 2 });
    await node.threads.start();
    expect(node.specs).toEqual(['spec of test', 'spec of test']);
    expect(node.threads.running).toEqual([1, 2]);
  });

  it('rejects with what the module threw', async () => {
    node = new TestNode({ schedulers: 1, data: { loads: new SharedArrayBuffer(4), goodLoads: 0 } });
    await expect(node.threads.start()).rejects.toThrow('the module is broken');
    expect(node.threads.running).toEqual([]);
  });

  it('rejects for a module that is not there', async () => {
    node = new TestNode({ schedulers: 1, entry: 'file:///nowhere/entry.mjs' });
    await expect(node.threads.start()).rejects.toThrow(/nowhere\/entry\.mjs/);
  });

  it('rejects for a module that never ends loading', async () => {
    node = new TestNode({
      schedulers: 1,
      startTimeoutMs: 200,
      entry: 'data:text/javascript,await new Promise((r) => setTimeout(r, 60_000));',
    });
    await expect(node.threads.start()).rejects.toThrow('the application did not load within 200 ms');
  });

  it('rejects for a module that ends its thread', async () => {
    node = new TestNode({ schedulers: 1, entry: 'data:text/javascript,process.exit(5);' });
    await expect(node.threads.start()).rejects.toThrow('the thread ended with code 5 while loading the application');
  });
});

describe('the restart limit', () => {
  it('makes the node give up at the death that is one too many, with its reason, once', async () => {
    node = new TestNode({ schedulers: 2, maxRestarts: 2 });
    await node.threads.start();
    for (let death = 1; death <= 2; death++) {
      (await node.agent(0)).cast('exitThread', death);
      await node.until(() => node.downs.length === death && node.ups.length === 2 + death);
    }
    expect(node.fatal).toEqual([]);
    (await node.agent(0)).cast('exitThread', 42);
    await node.until(() => node.downs.length === 3);
    expect(node.fatal.map(String)).toEqual(['Error: scheduler threads die too often (the last one: exited, 42)']);
    expect(node.threads.running).toHaveLength(1);
    // The other one still works until somebody ends the process.
    expect(await (await node.agent(0)).call('echo', 'still here')).toBe('still here');
  });

  it('does not count deaths that are longer ago than its period', async () => {
    node = new TestNode({ schedulers: 1, maxRestarts: 1, maxRestartSeconds: 0.001 });
    await node.threads.start();
    for (let death = 1; death <= 3; death++) {
      node.threads.kill(node.threads.running[0] as number);
      await node.until(() => node.ups.length === 1 + death);
    }
    expect(node.fatal).toEqual([]);
  });

  it('is not all: a replacement that cannot load the application is fatal, and nobody waits for it', async () => {
    node = new TestNode({ schedulers: 1, data: { loads: new SharedArrayBuffer(4), goodLoads: 1 } });
    await node.threads.start();
    const probe = new Probe({ trapExit: true });
    const tree = await probe.do((context) =>
      context.startLink(Agents, { maxRestarts: 1, children: [{ id: 'one', thread: 'spread' as const }] }),
    );
    await probe.do((context) => context.monitor(tree));
    node.threads.kill(1);
    // The supervisor starts its child on the replacement, while that is loading.
    const start = node.agent(0).catch((error: unknown) => error);
    await node.until(() => node.fatal.length > 0);
    expect(node.fatal.map(({ message, cause }) => [message, String(cause)])).toEqual([
      ['a replacement for a dead scheduler thread could not be started', 'Error: the module is broken'],
    ]);
    expect(StartError.is(await start, 'noconnection')).toBe(true);
    const messages = [await probe.next<{ type: string }>(), await probe.next<{ type: string }>()];
    expect(messages.map(({ type }) => type).sort()).toEqual(['DOWN', 'EXIT']);
  });
});

describe('stop', () => {
  it('ends all threads; their deaths are no failures', async () => {
    node = new TestNode();
    await node.threads.start();
    const agents = await Promise.all([0, 1, 2].map((thread) => node.agent(thread)));
    await node.threads.stop(5000);
    expect(node.threads.running).toEqual([]);
    expect(node.downs).toEqual([]);
    expect(node.ups).toHaveLength(3);
    expect(node.fatal).toEqual([]);
    await expect(GenServer.stop(agents[0] as never, 'normal', 50)).rejects.toThrow();
  });

  it.each([
    ['a thread whose stop handler never ends', { data: { stopsNever: true } }, false],
    ['a thread that is stuck', {}, true],
  ])('waits for %s only so long', async (_what, settings, loops) => {
    node = new TestNode({ schedulers: 1, ...settings });
    await node.threads.start();
    if (loops) (await node.agent(0)).cast('loop');
    await node.threads.stop(100);
    expect(node.threads.running).toEqual([]);
    expect(node.threads.writtenOff).toBe(0);
  });
});

describe('the watchdog', () => {
  it('leaves threads alone that are busy for less than the limit, again and again', async () => {
    node = new TestNode({ schedulers: 2, stuckAfterMs: 600 });
    await node.threads.start();
    const agent = await node.agent(0);
    for (let i = 0; i < 6; i++) {
      await agent.call('pause', 200);
      // One turn of the event loop for the thread's pulse.
      await node.stats(agent.thread);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(node.downs).toEqual([]);
  });
});

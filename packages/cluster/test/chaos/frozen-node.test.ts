import { type NatsServer, startNats } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../../../e2e/test/raw-client.js';
import { LONG, lasts, measured, since } from '../support/form.js';
import { people, SOON, TestNode } from '../support/node.js';

// SIGSTOP: the process stands still, its connection to NATS stays. The parts build on one another.
let nats: NatsServer;
let watcher: TestNode;
let frozen: TestNode;
let client: RawClient;
let clientThere: RawClient;

beforeAll(async () => {
  nats = await startNats();
  [watcher, frozen] = await Promise.all([TestNode.start('watcher', nats.url, 0), TestNode.start('frozen', nats.url, 1)]);
  await Promise.all([watcher.seesNodes('frozen'), frozen.seesNodes('watcher')]);
  client = await watcher.client('room:1', { name: 'Ann' });
  clientThere = await frozen.client('room:1', { name: 'Bob' });
}, 300_000);

afterAll(async () => {
  frozen.child.signal('SIGCONT');
  await Promise.all([watcher.child.kill(), frozen.child.kill()]);
  await nats.close();
});

describe('a node that stands still', () => {
  it('for a moment misses nothing, and nobody notices', async () => {
    for (const one of [client, clientThere]) await expect.poll(() => people(one), SOON).toEqual(['Ann', 'Bob']);
    const rounds = LONG ? 10 : 1;
    await watcher.probe('stream', 'frozen', 'watcher', 5);
    await frozen.probe('stream', 'watcher', 'frozen', 5);
    for (let round = 0; round < rounds; round++) {
      const stopped = performance.now();
      frozen.child.signal('SIGSTOP');
      // Suspicion is the sign that it has stood still for long enough.
      await expect.poll(async () => (await watcher.stats()).nodes[0]?.phase, SOON).toBe('suspect');
      frozen.child.signal('SIGCONT');
      await expect.poll(async () => (await watcher.stats()).nodes[0]?.phase, SOON).toBe('up');
      measured('frozen', 'stood still', since(stopped), 's');
    }
    const sent = [await watcher.probe('stopStream'), await frozen.probe('stopStream')];
    await expect.poll(() => frozen.ask('sink', 'got', 'watcher'), SOON).toEqual({ count: sent[0], wrong: 0 });
    await expect.poll(() => watcher.ask('sink', 'got', 'frozen'), SOON).toEqual({ count: sent[1], wrong: 0 });
    for (const node of [watcher, frozen]) expect(node.said('NODEDOWN')).toEqual([]);
    measured('frozen', 'messages that came, all of them, in order', Number(sent[0]) + Number(sent[1]), '');
  });

  it('for longer is down, with all that hangs on it', async () => {
    await watcher.probe('watchName', 'frozen', 'victim', 'frozen');
    await frozen.probe('watchName', 'watcher', 'victim', 'watcher');
    const stopped = performance.now();
    frozen.child.signal('SIGSTOP');
    // Whichever is noticed first: no heartbeat comes, or nothing of what was sent last is confirmed.
    await watcher.says('NODEDOWN', { node: 'frozen', reason: expect.stringMatching(/^(silent|no_progress)$/) });
    measured('stopped', 'nodedown', since(stopped), 's');
    await watcher.says('DOWN', { label: 'frozen', reason: 'noconnection' });
    await watcher.seesNodes();
    await expect.poll(() => people(client), SOON).toEqual(['Ann']);
    await watcher.probe('tell', 'frozen', 'probe', { type: 'never', text: 'sent while it was down' });
    await watcher.probe('broadcast', 'room:1', 'said', { text: 'while it stood still' });
    await lasts(10_000);
  });

  it('learns of it when it goes on, and both find each other again', async () => {
    const from = watcher.child.output.length;
    const woken = performance.now();
    frozen.child.signal('SIGCONT');
    await frozen.says('NODEDOWN', { node: 'watcher', reason: 'reset' });
    await frozen.says('DOWN', { label: 'watcher', reason: 'noconnection' });
    measured('stopped', 'awake until it knows', since(woken), 's');
    await watcher.says('NODEUP', { node: 'frozen' }, from);
    await watcher.seesNodes('frozen');
    await frozen.seesNodes('watcher');
    expect(await watcher.probe('remote', 'frozen', 'probe', 'echo', 1)).toEqual({ value: 1 });
    expect(await frozen.probe('remote', 'watcher', 'probe', 'echo', 2)).toEqual({ value: 2 });
    for (const one of [client, clientThere]) await expect.poll(() => people(one), SOON).toEqual(['Ann', 'Bob']);
    measured('stopped', 'awake until all is as before', since(woken), 's');
    expect(frozen.said('INFO')).toEqual([]);
    for (const node of [watcher, frozen]) {
      expect(node.said('DOWN')).toHaveLength(1);
      expect(node.said('NODEDOWN')).toHaveLength(1);
      const ups = node.said('NODEUP') as { incarnation: number }[];
      expect(new Set(ups.map((up) => up.incarnation)).size).toBe(1);
    }
  });
});

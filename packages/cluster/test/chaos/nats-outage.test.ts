import { freePort, type NatsServer, startNats } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../../../e2e/test/raw-client.js';
import { LONG, lasts, measured, since } from '../support/form.js';
import { people, SOON, TestNode } from '../support/node.js';

// Two nodes that start before their NATS server does. The parts build on one another.
let nats: NatsServer;
let natsPort: number;
let a: TestNode;
let b: TestNode;
let ann: RawClient;
let bob: RawClient;

/** A broadcast on one node reaches its own client, and that of the other. */
async function heard(from: TestNode, text: string, clients: readonly RawClient[]): Promise<void> {
  await from.probe('broadcast', 'room:1', 'said', { text });
  for (const client of clients) await client.next((frame) => frame[3] === 'said' && frame[4].text === text);
}

async function served(node: TestNode, client: RawClient, text: string): Promise<void> {
  await client.alive();
  await heard(node, text, [client]);
  const guest = await node.client('room:1', { name: `guest ${text}` });
  await expect.poll(() => people(client), SOON).toContain(`guest ${text}`);
  guest.close();
  await expect.poll(() => people(client), SOON).not.toContain(`guest ${text}`);
}

beforeAll(async () => {
  natsPort = await freePort();
  const url = `nats://somebody:secret@127.0.0.1:${natsPort}`;
  [a, b] = await Promise.all([TestNode.start('a', url, 0), TestNode.start('b', url, 1)]);
});

afterAll(async () => {
  await Promise.all([a?.child.kill(), b?.child.kill()]);
  await nats?.close();
});

describe('without NATS at the start', () => {
  it('a node says so in one sentence, without secrets', () => {
    for (const { child } of [a, b]) {
      const lines = child.output.split('\n').filter((line) => line.includes('cluster:'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(
        new RegExp(
          `\\[error\\] cluster: NATS cannot be reached at nats://127\\.0\\.0\\.1:${natsPort} \\(connection refused\\): this node is alone until it can$`,
        ),
      );
      expect(child.output).not.toContain('secret');
    }
  });

  it('it serves its clients', async () => {
    ann = await a.client('room:1', { name: 'Ann' });
    bob = await b.client('room:1', { name: 'Bob' });
    await served(a, ann, 'alone 1');
    await served(b, bob, 'alone 2');
    expect(await a.probe('remote', 'b', 'probe', 'echo', 1)).toEqual({ code: 'noconnection' });
  });

  it('it joins when NATS appears', async () => {
    nats = await startNats({ port: natsPort, config: 'authorization { user: somebody, password: secret }' });
    await a.seesNodes('b');
    await b.seesNodes('a');
    await heard(a, 'together 1', [ann, bob]);
    await heard(b, 'together 2', [ann, bob]);
    for (const client of [ann, bob]) await expect.poll(() => people(client), SOON).toEqual(['Ann', 'Bob']);
  }, 300_000);
});

describe('NATS gone for a moment', () => {
  it('loses, doubles and reorders nothing between processes, and nobody is down', async () => {
    const from = [a, b].map(({ child }) => child.output.length);
    await a.probe('stream', 'b', 'a', 5);
    await b.probe('stream', 'a', 'b', 5);
    for (let i = 0; i < (LONG ? 10 : 3); i++) {
      await expect.poll(async () => ((await b.ask('sink', 'got', 'a')) as { count: number }).count, SOON).toBeGreaterThan(100 * i);
      const killed = performance.now();
      await nats.kill();
      await served(a, ann, `outage ${i}`);
      await nats.restart();
      const back = performance.now();
      await expect.poll(async () => (await a.stats()).connected && (await b.stats()).connected, SOON).toBe(true);
      measured('nats-killed', 'gone for', since(killed) - since(back), 's');
      measured('nats-killed', 'all connected again', since(back), 's');
    }
    const sent = [await a.probe('stopStream'), await b.probe('stopStream')];
    await expect.poll(() => b.ask('sink', 'got', 'a'), SOON).toEqual({ count: sent[0], wrong: 0 });
    await expect.poll(() => a.ask('sink', 'got', 'b'), SOON).toEqual({ count: sent[1], wrong: 0 });
    measured('nats-killed', 'messages that came, all of them, in order', Number(sent[0]) + Number(sent[1]), '');
    for (const [i, node] of [a, b].entries()) expect(node.said('NODEDOWN', from[i])).toEqual([]);
    await heard(a, 'back 1', [ann, bob]);
    await heard(b, 'back 2', [ann, bob]);
  });

  it('presences that were missed are made good', async () => {
    await nats.kill();
    const late = await b.client('room:1', { name: 'Late' });
    await expect.poll(() => people(bob), SOON).toEqual(['Ann', 'Bob', 'Late']);
    await nats.restart();
    await expect.poll(() => people(ann), SOON).toEqual(['Ann', 'Bob', 'Late']);
    await nats.kill();
    late.close();
    await expect.poll(() => people(bob), SOON).toEqual(['Ann', 'Bob']);
    await nats.restart();
    await expect.poll(() => people(ann), SOON).toEqual(['Ann', 'Bob']);
    for (const node of [a, b]) expect(node.said('NODEDOWN')).toEqual([]);
  });
});

describe('NATS that stands still', () => {
  it('is given up: clients are served meanwhile, and joins wait for nothing that does not come', async () => {
    nats.stop();
    await served(a, ann, 'still');
    const guest = await b.client('room:nobody-has-had-it');
    await heard(b, 'still here', [bob]);
    guest.close();
    await expect.poll(async () => (await a.stats()).connected, SOON).toBe(false);
    nats.cont();
    await expect.poll(async () => (await a.stats()).connected && (await b.stats()).connected, SOON).toBe(true);
    await a.seesNodes('b');
    await b.seesNodes('a');
    await heard(a, 'goes on', [ann, bob]);
  }, 60_000);
});

describe('NATS gone for longer', () => {
  it('leaves every node alone: it says so, and serves its clients', async () => {
    const from = [a, b].map(({ child }) => child.output.length);
    await a.probe('watchName', 'b', 'victim', 'before');
    const killed = performance.now();
    await nats.kill();
    for (const [node, other] of [[a, 'b'] as const, [b, 'a'] as const]) {
      await node.says('NODEDOWN', { node: other, reason: 'isolated' }, from[node === a ? 0 : 1]);
      await node.seesNodes();
    }
    measured('nats-gone', 'nodedown', since(killed), 's');
    await a.says('DOWN', { label: 'before', reason: 'noconnection' });
    for (const client of [ann, bob]) await expect.poll(() => people(client), SOON).toHaveLength(1);
    await served(a, ann, 'isolated 1');
    await served(b, bob, 'isolated 2');
    expect((await a.stats()).broadcasts.droppedDisconnected).toBeGreaterThan(0);
    await lasts(20_000);
  });

  it('and they find each other again when it is back', async () => {
    await nats.restart();
    const back = performance.now();
    await a.seesNodes('b');
    await b.seesNodes('a');
    measured('nats-gone', 'all see each other again', since(back), 's');
    await heard(a, 'again 1', [ann, bob]);
    await heard(b, 'again 2', [ann, bob]);
    for (const client of [ann, bob]) await expect.poll(() => people(client), SOON).toEqual(['Ann', 'Bob']);
    measured('nats-gone', 'presences are the same again', since(back), 's');
    expect(await a.probe('remote', 'b', 'probe', 'echo', 'again')).toEqual({ value: 'again' });
    expect(a.said('DOWN')).toHaveLength(1);
    expect(a.child.output).toContain('[info] cluster: broadcasts of other nodes were missed for');
  });

  it('a node can stop without it', async () => {
    await nats.kill();
    await expect.poll(async () => (await a.stats()).connected, SOON).toBe(false);
    expect(await a.child.kill()).toEqual({ code: 0, signal: null });
  });
});

import { fileURLToPath } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type ClusterOptions, connectCluster } from '@rekindle/cluster';
import { headers, topicShard } from '@rekindle/cluster/internal';
import { type NatsServer, startNats, startNode } from '@rekindle/e2e';
import { Kernel } from '@rekindle/kernel/internal';
import { Hub } from '@rekindle/pubsub/internal';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOON, script, TestNode } from './support/node.js';

describe('options that cannot work', () => {
  const works: ClusterOptions = { name: 'chat', servers: 'nats://127.0.0.1:4222' };
  const SERVERS = "cluster.servers: expected one or more addresses of NATS servers, got '";
  it.each([
    [
      { ...works, name: 'my chat' },
      'n1',
      "cluster.name: expected 1 to 32 letters, digits, '_' or '-', got 'my chat'; for example name: 'chat'",
    ],
    [{ ...works, name: '' }, 'n1', "cluster.name: expected 1 to 32 letters, digits, '_' or '-', got ''; for example name: 'chat'"],
    [{ ...works, name: 'a.b' }, 'n1', "got 'a.b'"],
    [{ servers: works.servers }, 'n1', 'got undefined'],
    [{ ...works, servers: [] }, 'n1', SERVERS],
    [{ ...works, servers: 'http://127.0.0.1' }, 'n1', `${SERVERS}http://127.0.0.1'; for example servers: 'nats://127.0.0.1:4222'`],
    [{ ...works, servers: 'nats://127.0.0.1:99999' }, 'n1', `${SERVERS}nats://127.0.0.1:99999'`],
    [{ ...works, servers: 'nats://' }, 'n1', SERVERS],
    [{ ...works, servers: 'one two' }, 'n1', `${SERVERS}one two'`],
    [{ ...works, servers: 'nats://me:secret@127.0.0.1:x' }, 'n1', `${SERVERS}nats://127.0.0.1:x'`],
    [{ ...works, connectTimeoutMs: -1 }, 'n1', 'cluster.connectTimeoutMs: expected milliseconds, got -1'],
    [{ ...works, registry: 'etcd' }, 'n1', "cluster.registry: expected 'gossip' or 'kv', got 'etcd'"],
    [{ ...works, kv: {} }, 'n1', "cluster.kv: expected registry: 'kv' beside it, got 'gossip'"],
    [{ ...works, registry: 'kv', kv: 5 }, 'n1', 'cluster.kv: expected options, got 5'],
    [{ ...works, registry: 'kv', kv: { ttl: 5 } }, 'n1', "cluster.kv: 'ttl' is not an option; expected replicas, leaseMs, onLeaseLoss"],
    [{ ...works, registry: 'kv', kv: { replicas: 2 } }, 'n1', 'cluster.kv.replicas: expected 1, 3 or 5, got 2'],
    [{ ...works, registry: 'kv', kv: { leaseMs: 20 } }, 'n1', 'cluster.kv.leaseMs: expected 2000 to 600000 milliseconds, got 20'],
    [{ ...works, registry: 'kv', kv: { onLeaseLoss: 'stay' } }, 'n1', "cluster.kv.onLeaseLoss: expected 'exit' or 'keep', got 'stay'"],
    [{ ...works, server: works.servers }, 'n1', "cluster: 'server' is not an option"],
    [null, 'n1', 'cluster: expected options, got null'],
    [works, 'local', 'a node of a cluster needs a name of its own'],
    [works, 'a.b', "node: expected 1 to 64 letters, digits, '_' or '-', got 'a.b'"],
  ])('%j of node %s', async (options, node, message) => {
    const kernel = new Kernel({ node });
    const rejected = expect(connectCluster({ kernel, hub: new Hub() }, options as ClusterOptions)).rejects;
    await rejected.toMatchObject({ name: 'MisuseError', code: 'bad_option', message: expect.stringContaining(message) });
    await rejected.not.toMatchObject({ message: expect.stringContaining('secret') });
  });
});

describe('what others publish on the subjects of a cluster', () => {
  let nats: NatsServer;
  let a: TestNode;
  let b: TestNode;
  let stranger: NatsConnection;

  beforeAll(async () => {
    nats = await startNats();
    [a, b] = await Promise.all([TestNode.start('a', nats.url, 0), TestNode.start('b', nats.url, 1)]);
    await Promise.all([a.seesNodes('b'), b.seesNodes('a')]);
    stranger = await connect({ servers: `127.0.0.1:${nats.port}` });
  }, 300_000);

  afterAll(async () => {
    await stranger.close();
    await Promise.all([a.child.kill(), b.child.kill()]);
    await nats.close();
  });

  const incarnation = async (of: TestNode, seenBy: TestNode) =>
    (await seenBy.stats()).nodes.find(({ node }) => node === of.name)?.incarnation as number;

  /** Signals still come through in order, and nobody was down. */
  async function unharmed(round: string): Promise<void> {
    await a.probe('flood', 'b', round, 500);
    await expect.poll(() => b.ask('sink', 'got', round), SOON).toEqual({ count: 500, wrong: 0 });
    for (const node of [a, b]) {
      expect(node.said('NODEDOWN')).toEqual([]);
      expect(node.child.output).not.toContain('error outside of every process');
    }
    await a.seesNodes('b');
    await b.seesNodes('a');
  }

  it('is counted and otherwise harmless: random bytes', async () => {
    const client = await b.client('room:1');
    const before = (await b.stats()).badFrames;
    const run = await incarnation(b, a);
    const subjects = [
      'rt1.test.hb.a',
      'rt1.test.hb.x',
      `rt1.test.n.b.${run}.a`,
      `rt1.test.n.b.${run}.\u001b[31mx`,
      `rt1.test.t.${topicShard('room:1')}.room:1`,
    ];
    const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
    for (const [i, bytes] of fc.sample(fc.uint8Array({ maxLength: 60, size: 'max' }), { numRuns: 2000, seed }).entries()) {
      // Most of it looks like something.
      if (i % 2 === 0 && bytes.length > 2) bytes[0] = 1;
      if (i % 4 === 0 && bytes.length > 2) bytes[1] = i % 8;
      stranger.publish(subjects[i % subjects.length] as string, bytes);
    }
    await stranger.flush();
    await expect.poll(async () => (await b.stats()).badFrames - before, { ...SOON, message: `FC_SEED=${seed}` }).toBeGreaterThan(500);
    await unharmed(`random, FC_SEED=${seed}`);
    expect(b.child.output).not.toContain('\u001b');
    await b.child.waitFor(/\[error\] cluster: \d+ frames of node \w+ were not understood/);
    client.close();
  });

  it('is counted and otherwise harmless: heartbeats and greetings that lie', async () => {
    const before = (await b.stats()).badFrames;
    const run = await incarnation(b, a);
    const beats = [
      '{',
      'null',
      '[]',
      '{"v":1}',
      '{"v":1,"node":"y","inc":1,"run":"r"}',
      '{"v":1,"node":"x","inc":-1,"run":"r"}',
      '{"v":1,"node":"x","inc":1e300,"run":"r"}',
    ];
    for (const beat of beats) stranger.publish('rt1.test.hb.x', beat);
    stranger.publish('rt1.test.hb.x', ' '.repeat(10_000));
    const hello = Buffer.alloc(headers.HEADER_BYTES + 20);
    headers.writeHeader(hello, { kind: headers.HELLO, flags: 1, receiver: 1, sender: 1, seq: 0, ack: 0 });
    stranger.publish(`rt1.test.n.b.${run}.x`, hello);
    await stranger.flush();
    await expect.poll(async () => (await b.stats()).badFrames - before, SOON).toBe(beats.length + 2);
    expect((await b.stats()).nodes.map(({ node }) => node)).toEqual(['a']);
    await unharmed('lies');
  });

  it('a node that greets and then says nothing is forgotten', async () => {
    stranger.publish('rt1.test.hb.ghost', '{"v":1,"node":"ghost","inc":5,"run":"r"}');
    await stranger.flush();
    await expect.poll(async () => (await b.stats()).nodes.find(({ node }) => node === 'ghost')?.phase, SOON).toBe('down');
    expect(b.said('NODEUP')).not.toContainEqual(expect.objectContaining({ node: 'ghost' }));
    await b.seesNodes('a');
  });
});

describe('a NATS server that refuses', () => {
  it('is named in one sentence, without the password, and the node serves on its own', async () => {
    const nats = await startNats({ config: 'authorization { user: somebody, password: right }' });
    const node = await TestNode.start('n1', `nats://somebody:wrong@127.0.0.1:${nats.port}`, 0);
    const lines = node.child.output.split('\n').filter((line) => line.includes('cluster:'));
    expect(lines).toEqual([
      expect.stringMatching(/\[error\] cluster: NATS cannot be reached at nats:\/\/127\.0\.0\.1:\d+ \(.*[Aa]uthoriz.*\): this node/),
    ]);
    expect(node.child.output).not.toContain('wrong');
    const client = await node.client('room:1');
    await client.alive();
    client.close();
    expect(await node.child.kill()).toEqual({ code: 0, signal: null });
    await nats.close();
  });
});

describe('two processes with one name', () => {
  it('the later one stays, the other one ends and says why', async () => {
    const nats = await startNats();
    const earlier = await TestNode.start('twin', nats.url, 0);
    const other = await TestNode.start('other', nats.url, 0);
    await other.seesNodes('twin');
    const later = await startNode(script, [], { env: { NODE: 'twin', NATS: nats.url, SCHEDULERS: '0' }, ready: /^READY/m });
    expect((await earlier.child.exited).code).toBe(70);
    expect(earlier.child.output).toContain(
      "giving up: Error: another process has joined the cluster as node 'twin': every node needs a name of its own",
    );
    await other.says('NODEDOWN', { node: 'twin', reason: 'restarted' });
    await other.seesNodes('twin');
    expect(later.running).toBe(true);
    await Promise.all([later.kill(), other.child.kill()]);
    await nats.close();
  });
});

describe('a node that cannot listen', () => {
  it.each([0, 1])('leaves again, and nothing of it runs on, schedulers: %i', async (schedulers) => {
    const nats = await startNats();
    const other = await TestNode.start('other', nats.url, 0);
    const script = fileURLToPath(new URL('fixtures/port-in-use.mjs', import.meta.url));
    const env = { NODE: 'late', NATS: nats.url, SCHEDULERS: String(schedulers), PORT: String(other.port) };
    const child = await startNode(script, [], { env, ready: /^FAILED port_in_use$/m });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    await expect.poll(async () => (await other.stats()).nodes, SOON).toEqual([expect.objectContaining({ node: 'late', phase: 'left' })]);
    await other.child.kill();
    await nats.close();
  });
});

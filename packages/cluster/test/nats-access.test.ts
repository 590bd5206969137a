import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { connect, type NatsConnection, nkeyAuthenticator, nkeys } from '@nats-io/transport-node';
import { type Cluster, connectCluster, natsPermissions } from '@rekindle/cluster';
import { type NatsServer, startNats, type TempFolder, tempFolder } from '@rekindle/e2e';
import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { Hub, type PolicyTable, SharedLogs } from '@rekindle/pubsub/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOON } from './support/node.js';

// Encrypted, each node with a key and permissions of its own.

interface Node {
  readonly kernel: Kernel;
  readonly hub: Hub;
  readonly cluster: Cluster;
}

const NAMES = ['a', 'b', 'c'] as const;
const keys = new Map(NAMES.map((name) => [name, nkeys.createUser()]));
let folder: TempFolder;
let nats: NatsServer;
let servers: string;
let a: Node;
let b: Node;
/** Has the key of node c, and means no good. */
let stranger: NatsConnection;
const denied: string[] = [];

const authenticator = (name: (typeof NAMES)[number]) =>
  nkeyAuthenticator((keys.get(name) as ReturnType<typeof nkeys.createUser>).getSeed());

async function joinAs(name: (typeof NAMES)[number], incarnation: number): Promise<Node> {
  const kernel = new Kernel({ node: name, incarnation });
  const hub = new Hub(0);
  const table: PolicyTable = [['kept:*', { cachedMs: null, recoverable: { maxMessages: 10, maxAgeMs: 60_000 }, conflate: null }]];
  let keys = 0;
  const logs = new SharedLogs(
    hub,
    [table],
    () => performance.now(),
    () => `${name}${++keys}`,
  );
  logs.stop();
  hub.keeper = logs;
  const tls = { caFile: join(folder.path, 'cert.pem') };
  return {
    kernel,
    hub,
    cluster: await connectCluster(
      { kernel, hub },
      { name: 'test', servers, tls, authenticator: authenticator(name), history: 'jetstream' },
    ),
  };
}

beforeAll(async () => {
  folder = tempFolder('nats-tls');
  const [cert, key] = [join(folder.path, 'cert.pem'), join(folder.path, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  const users = NAMES.map((name) => ({
    nkey: keys.get(name)?.getPublicKey(),
    permissions: natsPermissions('test', name, { history: name === 'c' ? 'memory' : 'jetstream' }),
  }));
  nats = await startNats({
    jetstreamDir: join(folder.path, 'jetstream'),
    config: `tls { cert_file: "${cert}", key_file: "${key}" }\nauthorization { users: ${JSON.stringify(users)} }`,
  });
  servers = `tls://127.0.0.1:${nats.port}`;
  [a, b] = await Promise.all([joinAs('a', 5), joinAs('b', 6)]);
  stranger = await connect({ servers: `127.0.0.1:${nats.port}`, tls: { caFile: cert }, authenticator: authenticator('c') });
  void (async () => {
    for await (const status of stranger.status()) if (status.type === 'error') denied.push(status.error.message);
  })();
}, 300_000);

afterAll(async () => {
  await stranger.close();
  await Promise.all([a.cluster.leave(), b.cluster.leave()]);
  await nats.close();
  folder.remove();
  installKernel(null);
});

describe('a node with the permissions of natsPermissions', () => {
  it('meets others, and hears their topics', async () => {
    await expect.poll(() => [a.cluster.nodes(), b.cluster.nodes()], SOON).toEqual([['b'], ['a']]);
    const heard: unknown[] = [];
    await b.hub.join('news', { deliver: (_topic, content) => heard.push(content) });
    const content = { kind: 'event', event: 'said', payload: '1' } as const;
    a.hub.publish('news', content, 'cluster', null, undefined);
    await expect.poll(() => heard, SOON).toEqual([content]);
    // Pings are answered, so nobody is suspect for being quiet.
    expect(nats.log).not.toMatch(/Publish Violation|Subscription Violation/i);
  });

  it('has events kept and gets those of others', async () => {
    const logs = b.hub.keeper as SharedLogs;
    const before = await logs.join('kept:1', null);
    expect(await a.hub.publishKept('kept:1', { kind: 'event', event: 'e', payload: '{}' })).toBe(true);
    const isHere = async () => (await logs.join('kept:1', before.cursor)).missed;
    await expect.poll(isHere, SOON).toMatchObject({ recovered: true, events: [{ event: 'e', payload: '{}' }] });
    expect(nats.log).not.toMatch(/Violation/i);
  });

  it('cannot speak for others, nor hear what is meant for them', async () => {
    const beat = (node: string, inc: number) => stranger.publish(`rt1.test.hb.${node}`, JSON.stringify({ v: 1, node, inc, run: 'z' }));
    beat('a', 2 ** 40);
    stranger.publish('rt1.test.n.b.6.a', Buffer.alloc(16, 1));
    stranger.publish('rt1.other.hb.c', '');
    stranger.subscribe('rt1.test.n.b.6.*');
    stranger.subscribe('_INBOX_a.>');
    stranger.subscribe('>');
    await expect.poll(() => denied.length, SOON).toBe(6);
    beat('c', 7);
    // Its own heartbeat came after all that, and was heard.
    await expect
      .poll(
        () =>
          a.cluster
            .stats()
            .nodes.map(({ node }) => node)
            .sort(),
        SOON,
      )
      .toEqual(['b', 'c']);
    expect(a.cluster.nodes()).toEqual(['b']);
    expect(a.cluster.stats().badFrames + b.cluster.stats().badFrames).toBe(0);
  });

  it('is checked: names that would be other subjects are refused', () => {
    expect(() => natsPermissions('test', 'a.>')).toThrow("expected the name of a node, got 'a.>'");
    expect(() => natsPermissions('*', 'a')).toThrow("expected the name of a cluster, got '*'");
  });
});

describe('a server whose certificate nobody has signed', () => {
  it('is not trusted', async () => {
    const kernel = new Kernel({ node: 'c', incarnation: 8 });
    const cluster = await connectCluster(
      { kernel, hub: new Hub(0) },
      { name: 'test', servers, authenticator: authenticator('c'), connectTimeoutMs: 500 },
    );
    expect(cluster.stats().connected).toBe(false);
    await cluster.leave();
  });
});

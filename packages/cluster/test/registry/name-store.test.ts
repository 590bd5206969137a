import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection, nkeyAuthenticator, nkeys } from '@nats-io/transport-node';
import { natsPermissions } from '@rekindle/cluster';
import { MemoryBroker, type NameStore, NatsStore, NatsTransport, nameKey } from '@rekindle/cluster/internal';
import { type NatsServer, startNats, type TempFolder, tempFolder } from '@rekindle/e2e';
import { nodeHost } from '@rekindle/kernel/internal';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MemoryNames } from '../support/memory-names.js';

// What the registry of names needs of a store holds of JetStream and of what stands in for it in simulations.

const BUCKET = 'rt1_test_names';
const SOON = { timeout: 15_000, interval: 50 };

interface Stored {
  readonly store: NameStore;
  /** It is not there for a while. */
  interrupt(whileAway: () => Promise<void>): Promise<void>;
  /** Somebody deletes everything. */
  wipe(): Promise<void>;
  close(): Promise<void>;
}

async function inJetStream(): Promise<Stored> {
  const folder: TempFolder = tempFolder('jetstream');
  const key = nkeys.createUser();
  // The node has no more permissions than it is told to need.
  const users = [
    { user: 'admin', password: 'admin' },
    { nkey: key.getPublicKey(), permissions: natsPermissions('test', 'a', { registry: 'kv' }) },
  ];
  const server: NatsServer = await startNats({
    jetstreamDir: folder.path,
    config: `authorization { users: ${JSON.stringify(users)} }`,
  });
  const transport = new NatsTransport({ servers: server.url, authenticator: nkeyAuthenticator(key.getSeed()) }, 'test/a/1', '_INBOX_a');
  const errors: unknown[] = [];
  transport.start((event) => event.type === 'error' && errors.push(event.error.message));
  await vi.waitUntil(() => transport.connected, SOON);
  return {
    store: new NatsStore(() => transport.connection, BUCKET, undefined, 2000),
    async interrupt(whileAway) {
      await server.kill();
      await vi.waitUntil(() => !transport.connected, SOON);
      await whileAway();
      await server.restart();
      await vi.waitUntil(() => transport.connected, SOON);
    },
    async wipe() {
      const admin = await connect({ servers: server.url, user: 'admin', pass: 'admin' });
      await (await new Kvm(admin).open(BUCKET)).destroy();
      await admin.close();
    },
    async close() {
      expect(errors).toEqual([]);
      await transport.stop();
      await server.close();
      folder.remove();
    },
  };
}

async function inMemory(): Promise<Stored> {
  const names = new MemoryNames(nodeHost, 2);
  const transport = new MemoryBroker(nodeHost).transport('a');
  transport.start(() => {});
  await vi.waitUntil(() => transport.connected, SOON);
  return {
    store: names.partsFor(transport, nodeHost).store,
    async interrupt(whileAway) {
      names.stopped = true;
      await whileAway();
      names.stopped = false;
    },
    wipe: async () => names.wipe(),
    close: () => transport.stop(),
  };
}

describe.each([
  { where: 'JetStream', start: inJetStream },
  { where: 'memory', start: inMemory },
])('a store of names in $where', ({ start }) => {
  let stored: Stored;
  let store: NameStore;
  beforeAll(async () => {
    stored = await start();
    ({ store } = stored);
  }, 300_000);
  afterAll(() => stored.close());

  const written = async (key: string, value: string, expected: number): Promise<number> => {
    const revision = await store.write(key, value, expected);
    if (typeof revision !== 'number') throw new Error(`not written: ${revision}`);
    return revision;
  };

  it('can be opened, and again', async () => {
    expect(await store.open()).toBeNull();
    expect(await store.open()).toBeNull();
    expect(await store.read('epoch')).toBeNull();
  });

  it('writes only over what is expected, with revisions that grow', async () => {
    const key = nameKey('one');
    const first = await written(key, 'a', 0);
    expect(await store.write(key, 'b', 0)).toBe('conflict');
    expect(await store.write(key, 'b', first + 1)).toBe('conflict');
    const other = await written(nameKey('other'), 'c', 0);
    expect(other).toBeGreaterThan(first);
    const second = await written(key, 'b', first);
    expect(second).toBeGreaterThan(other);
    expect(await store.write(key, 'd', first)).toBe('conflict');
    expect(await store.read(key)).toMatchObject({ revision: second, value: 'b', writtenAt: expect.any(Number) });
  });

  it('takes out what has that revision, and nothing later, without a trace', async () => {
    const key = nameKey('out');
    const first = await written(key, 'a', 0);
    const second = await written(key, 'b', first);
    expect(await store.remove(key, first)).toBe(true);
    expect(await store.read(key)).toMatchObject({ revision: second });
    expect(await store.remove(key, second)).toBe(true);
    expect(await store.read(key)).toBeNull();
    expect(await store.remove(key, second)).toBe(true);
    expect(await written(key, 'c', 0)).toBeGreaterThan(second);
  });

  it('takes any name', async () => {
    const names = ['', 'a b', 'a.b', '*', '>', 'x:y@z+~', 'ümläut', '\u0000\r\n', 'x'.repeat(5000), '=3a', ':', '.'];
    const keys = names.map(nameKey);
    expect(new Set(keys).size).toBe(names.length);
    for (const [i, key] of keys.entries()) await written(key, String(i), 0);
    for (const [i, key] of keys.entries()) expect(await store.read(key)).toMatchObject({ value: String(i) });
  });

  it('gives one of those who write at the same time what they want', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => nameKey(`race ${i}`));
    const all = await Promise.all(keys.map((key) => Promise.all([1, 2, 3].map((i) => store.write(key, String(i), 0)))));
    for (const answers of all) {
      expect(answers.filter((answer) => typeof answer === 'number')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'conflict')).toHaveLength(2);
    }
  });

  it('says that it does not know while it is not there, and has everything when it comes back', async () => {
    const key = nameKey('kept');
    const revision = await written(key, 'a', 0);
    await stored.interrupt(async () => {
      expect(await store.read(key)).toBe('unknown');
      expect(await store.write(nameKey('lost'), 'a', 0)).toBe('unknown');
      expect(await store.remove(key, revision)).toBe(false);
      expect(await store.open()).toMatchObject({ code: 'unavailable' });
    });
    await expect.poll(() => store.open(), SOON).toBeNull();
    expect(await store.read(key)).toMatchObject({ revision, value: 'a' });
  });

  it('says that it does not know when it has been deleted, until it is opened, and then counts from the beginning', async () => {
    const key = nameKey('deleted');
    const revision = await written(key, 'a', 0);
    await stored.wipe();
    expect(await store.read(key)).toBe('unknown');
    expect(await store.write(key, 'b', revision)).toBe('unknown');
    expect(await store.open()).toBeNull();
    expect(await store.read(key)).toBeNull();
    expect(await written(key, 'b', 0)).toBeLessThan(revision);
  });
});

describe('a bucket that is not as it should be', () => {
  let folder: TempFolder;
  let server: NatsServer;
  let connection: NatsConnection;
  beforeAll(async () => {
    folder = tempFolder('jetstream');
    server = await startNats({ jetstreamDir: folder.path });
    connection = await connect({ servers: server.url });
  }, 300_000);
  afterAll(async () => {
    await connection.close();
    await server.close();
    folder.remove();
  });

  it.each([
    [{ storage: 'memory' as never }, 'is not kept on disk'],
    [{ ttl: 60_000 }, 'forgets keys after a time'],
  ])('is refused: %j', async (options, why) => {
    const kv = await new Kvm(connection).create(BUCKET, options);
    const store = new NatsStore(() => connection, BUCKET, 1, 2000);
    expect(await store.open()).toEqual({
      code: 'bad_bucket',
      message: `the key-value bucket ${BUCKET} ${why}: delete it, to be made anew`,
    });
    await kv.destroy();
  });

  it('has no value under a key that somebody has deleted, and one can be written there', async () => {
    const store = new NatsStore(() => connection, BUCKET, 1, 2000);
    expect(await store.open()).toBeNull();
    await store.write('name.x', 'a', 0);
    await (await new Kvm(connection).open(BUCKET)).delete('name.x');
    const entry = await store.read('name.x');
    expect(entry).toMatchObject({ value: null });
    expect(await store.write('name.x', 'b', (entry as { revision: number }).revision)).toEqual(expect.any(Number));
  });
});

import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import { connectCluster } from '@rekindle/cluster';
import { type NatsServer, startNats, type TempFolder, tempFolder } from '@rekindle/e2e';
import { Kernel } from '@rekindle/kernel/internal';
import { Hub } from '@rekindle/pubsub/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOON, TestNode } from '../support/node.js';

// Real processes, with threads, and a real JetStream that is deleted, killed and off. The parts build on one another.

const LEASE_MS = 3000;
let folder: TempFolder;
let nats: NatsServer;
let a: TestNode;
let b: TestNode;

interface Named {
  readonly code?: string;
  readonly holder: string;
  readonly answer?: string;
  readonly epoch: number;
  readonly token: number;
}
const named = async (node: TestNode, name: string) => (await node.probe('named', name)) as Named;

beforeAll(async () => {
  folder = tempFolder('jetstream');
  nats = await startNats({ jetstreamDir: folder.path });
  // On `a` processes that anybody may start run on another thread than what talks to NATS.
  [a, b] = await Promise.all([
    TestNode.start('a', nats.url, 1, 0, { LEASE_MS: String(LEASE_MS) }),
    TestNode.start('b', nats.url, 0, 0, { LEASE_MS: String(LEASE_MS) }),
  ]);
  await Promise.all([a.seesNodes('b'), b.seesNodes('a')]);
}, 300_000);

afterAll(async () => {
  await Promise.all([a.child.kill(), b.child.kill()]);
  await nats.close();
  folder.remove();
});

describe('a name in JetStream', () => {
  it('has one owner, whom everybody finds, on whichever thread', async () => {
    await expect.poll(() => a.probe('startNamed', 'x'), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<a/) });
    const first = await named(a, 'x');
    expect(first.epoch).toBeGreaterThan(0);
    expect(await b.probe('startNamed', 'x')).toEqual({ code: 'already_started', holder: first.holder });
    expect(await named(b, 'x')).toEqual(first);
  });

  it('is written down again when the bucket has been deleted, and has a later token', async () => {
    const before = await named(b, 'x');
    const admin = await connect({ servers: nats.url });
    await (await new Kvm(admin).open('rt1_test_names')).destroy();
    await admin.close();
    await expect.poll(async () => (await named(b, 'x')).epoch, SOON).toBeGreaterThan(before.epoch);
    const after = await named(a, 'x');
    expect(after).toMatchObject({ holder: before.holder, answer: before.holder });
    expect(await named(b, 'x')).toEqual(after);
    await expect.poll(() => b.probe('startNamed', 'x'), SOON).toEqual({ code: 'already_started', holder: before.holder });
  });

  it('is nobody\'s after a while without JetStream: "lease_lost", also on threads; and can be had again', async () => {
    const before = await named(b, 'x');
    await nats.kill();
    await a.child.waitFor(/this node's lease in JetStream ran out: the owners of \d+ cluster names are ended/);
    await expect.poll(async () => (await named(a, 'x')).holder, SOON).toBe('undefined');
    await nats.restart();
    // The record of the run that still is there does not keep others out.
    await expect.poll(() => b.probe('startNamed', 'x'), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<b/) });
    const after = await named(b, 'x');
    expect(after.epoch).toBe(before.epoch);
    expect(after.token).toBeGreaterThan(before.token);
    await expect.poll(() => named(a, 'x'), SOON).toEqual(after);
    // A Singleton takes the loss of its lease as no failure: it is there again, somewhere.
    await expect.poll(async () => (await named(a, 'leader')).answer, SOON).toMatch(/^#Pid</);
  });

  it('is free at once when its node leaves in order, however long its lease', { timeout: 60_000 }, async () => {
    const long = await TestNode.start('long', nats.url, 1, 0, { LEASE_MS: '600000' });
    try {
      await long.seesNodes('a', 'b');
      await expect.poll(() => long.probe('startNamed', 'y'), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<long/) });
    } finally {
      await long.child.kill();
    }
    await expect.poll(() => a.probe('startNamed', 'y'), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<a/) });
  });
});

describe("registry: 'kv' on a NATS server without JetStream", () => {
  it('is refused in one sentence', async () => {
    const without = await startNats();
    try {
      const joining = connectCluster(
        { kernel: new Kernel({ node: 'n1' }), hub: new Hub() },
        { name: 'test', servers: without.url, registry: 'kv', connectTimeoutMs: 20_000 },
      );
      const message =
        `cluster.registry: 'kv' needs JetStream, and JetStream is off on the NATS server at 127.0.0.1:${without.port} ` +
        "(start it with -js -sd FOLDER); or use registry: 'gossip'";
      await expect(joining).rejects.toMatchObject({ name: 'MisuseError', code: 'bad_option', message });
    } finally {
      await without.close();
    }
  });
});

describe('nodes with different registries', () => {
  it('give each other no names, and say why', async () => {
    const other = await TestNode.start('other', nats.url, 0);
    try {
      await other.seesNodes('a', 'b');
      const said = /node other uses registry 'gossip' and this one 'kv': neither gives it names; set the same on all nodes/;
      // Two of three names have another arbiter than the node itself.
      for (const name of ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']) void other.probe('startNamed', name).catch(() => {});
      await Promise.any([a.child.waitFor(said), b.child.waitFor(said)]);
    } finally {
      await other.child.kill();
    }
  });
});

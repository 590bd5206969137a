import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { NatsCluster, type NatsServer } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LONG, measured, since } from '../support/form.js';
import { acceptedWithOlderToken, actsAfterLaterOwner, grantsOutOfOrder, type NameEvent } from '../support/name-history.js';
import { NAMES, NamesUnderFaults, type NODES } from '../support/names-under-faults.js';

// Names in a bucket on three NATS servers, of which single ones and all are lost. With a lease of 3 s, as in the short form, an
// election costs all owners their names; with the one that is usual, nobody.
const LEASE_MS = LONG ? 20_000 : 3000;

let nats: NatsCluster;
beforeAll(async () => {
  for (let attempt = 0; attempt < 4; attempt++) {
    nats = await NatsCluster.start({ jetstream: true });
    const isReady = await vi.waitUntil(hasPlace, { timeout: 20_000, interval: 200 }).catch(() => false);
    if (isReady) return;
    // New servers that meet for the first time now and then do not become one JetStream, which is no matter of this test.
    await nats.close();
  }
  throw new Error('three NATS servers did not become one JetStream');
}, 300_000);
afterAll(() => nats.close());

const all = () => nats.servers;

/** Whether something can be kept on all three. */
async function hasPlace(): Promise<boolean> {
  const connection = await connect({ servers: all()[0].url });
  try {
    await (await jetstreamManager(connection)).streams.add({ name: 'place', subjects: ['place'], num_replicas: 3 });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

/** The one that leads the stream of that cluster's names. */
async function leader(cluster: string): Promise<NatsServer> {
  const connection = await connect({ servers: all().map(({ url }) => url) });
  try {
    const { cluster: replicas } = await (await jetstreamManager(connection)).streams.info(`KV_rt1_${cluster}_names`);
    expect(replicas?.replicas).toHaveLength(2);
    return all()[Number(replicas?.leader?.replace('server-', '')) - 1] as NatsServer;
  } finally {
    await connection.close();
  }
}

const grants = (history: readonly NameEvent[]) => history.filter(({ type }) => type === 'granted');

function judge({ history }: NamesUnderFaults): void {
  expect(acceptedWithOlderToken(history)).toEqual([]);
  expect(grantsOutOfOrder(history)).toEqual([]);
  expect(actsAfterLaterOwner(history).filter(({ hasStoodStill }) => !hasStoodStill)).toEqual([]);
}

/** Nothing comes of names that others have: the node whose names they are is killed, and its next run has to ask. */
async function areGivenAgain(names: NamesUnderFaults): Promise<void> {
  const [name] = NAMES;
  const node = names.ownerOf(name) as string;
  const from = names.history.length;
  await names.kill(node);
  await expect.poll(() => grants(names.history.slice(from)).some((event) => event.name === name), { timeout: 40_000 }).toBe(true);
  await names.isOwned();
}

describe('names in a bucket on three NATS servers', () => {
  it('are kept, and given away again, when the leader of its stream is killed and comes back', { timeout: 150_000 }, async () => {
    const names = await NamesUnderFaults.start(all, 'kv', { cluster: 'leader', leaseMs: LEASE_MS });
    try {
      await names.isOwned();
      const [before, led] = [grants(names.history).length, await leader('leader')];
      const killed = performance.now();
      await led.kill();
      if (LONG) {
        await names.isOwned();
        await expect.poll(async () => (await leader('leader').catch(() => undefined))?.port, { timeout: 30_000 }).not.toBe(undefined);
        await names.isOwned();
        expect(grants(names.history)).toHaveLength(before);
      }
      await areGivenAgain(names);
      measured('kv-leader', 'names are given away again', since(killed), 's');
      await led.restart();
      await names.isOwned();
      judge(names);
    } finally {
      await names.stop();
    }
  });

  if (LONG)
    it('are given to the side that has two servers, and to nobody on the other', { timeout: 200_000 }, async () => {
      const [first, second, third] = all();
      const servers = (node: (typeof NODES)[number]) => [node === 'a' ? third : node === 'b' ? first : second];
      const names = await NamesUnderFaults.start(servers, 'kv', { cluster: 'split', leaseMs: LEASE_MS, firstAlone: true });
      try {
        await names.isOwned();
        for (const name of NAMES) expect(names.ownerOf(name)).toBe('a');
        const [split, splitAt] = [performance.now(), Date.now()];
        nats.split('cut');
        await names.isOwned(NAMES, ['a']);
        measured('kv-split', 'names are given away on the larger side', since(split), 's');
        const last = names.history.findLast((event) => event.type === 'act' && event.node === 'a') as NameEvent & { sentAt: number };
        measured('kv-split', 'owners on the smaller side act for', (last.sentAt - splitAt) / 1000, 's');
        const healed = performance.now();
        nats.heal();
        await areGivenAgain(names);
        measured('kv-split', 'names are given away again, together', since(healed), 's');
        const late = grants(names.history).filter((event) => event.type === 'granted' && event.node === 'a' && event.askedAt > splitAt);
        for (const { grantedAt } of late as { grantedAt: number }[]) expect(grantedAt - splitAt).toBeGreaterThan(healed - split);
        judge(names);
      } finally {
        nats.heal();
        await names.stop();
      }
    });

  if (LONG)
    it('are kept, and given away again, when all servers are killed and come back', { timeout: 150_000 }, async () => {
      const names = await NamesUnderFaults.start(all, 'kv', { cluster: 'restart', leaseMs: LEASE_MS });
      try {
        await names.isOwned();
        const before = grants(names.history).length;
        await Promise.all(all().map((server) => server.kill()));
        const killed = performance.now();
        await Promise.all(all().map((server) => server.restart()));
        await names.isOwned();
        await expect.poll(async () => (await leader('restart').catch(() => undefined))?.port, { timeout: 40_000 }).not.toBe(undefined);
        expect(grants(names.history)).toHaveLength(before);
        await areGivenAgain(names);
        measured('kv-restart', 'names are given away again', since(killed), 's');
        judge(names);
      } finally {
        await names.stop();
      }
    });
});

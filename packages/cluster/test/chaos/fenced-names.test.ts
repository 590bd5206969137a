import { type NatsServer, startNats, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptedWithOlderToken, actsAfterLaterOwner, grantsOutOfOrder } from '../support/name-history.js';
import { NAMES, NamesUnderFaults } from '../support/names-under-faults.js';

// Real processes own names and act with them on something outside of the cluster that refuses older tokens, while their nodes are
// cut off, stand still and are killed. `fenced-names.long.test.ts` does so at random.

let folder: TempFolder;
let nats: NatsServer;

beforeAll(async () => {
  folder = tempFolder('jetstream');
  nats = await startNats({ jetstreamDir: folder.path });
}, 300_000);
afterAll(async () => {
  await nats.close();
  folder.remove();
});

describe.concurrent.each(['gossip', 'kv'] as const)('names under faults, with registry: %s', (registry) => {
  it('have owners again after each, and no owner acts with an older token', { timeout: 120_000 }, async () => {
    const names = await NamesUnderFaults.start(() => [nats], registry);
    try {
      await names.haveMet();
      for (const fault of ['cut', 'freeze', 'kill'] as const) {
        const [name] = NAMES;
        const node = names.ownerOf(name) as string;
        await names[fault](node);
        if (fault !== 'kill') await names.isOwned([name], [node]);
        names.heal(node);
        await names.isOwned();
      }
      const { history } = names;
      expect(acceptedWithOlderToken(history)).toEqual([]);
      const nodes = new Set(history.flatMap((event) => (event.type === 'granted' ? [event.node] : [])));
      expect(nodes.size).toBeGreaterThan(1);
      if (registry === 'gossip') return;
      expect(grantsOutOfOrder(history)).toEqual([]);
      // Whoever was cut off had stopped before; whoever stood still had no chance to.
      expect(actsAfterLaterOwner(history).filter(({ hasStoodStill }) => !hasStoodStill)).toEqual([]);
    } finally {
      await names.stop();
    }
  });
});

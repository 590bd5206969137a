import { setTimeout as sleep } from 'node:timers/promises';
import { type NatsServer, startNats, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptedWithOlderToken, actsAfterLaterOwner, grantsOutOfOrder } from '../support/name-history.js';
import { NamesUnderFaults, NODES } from '../support/names-under-faults.js';
import { randomNumbers } from '../support/random.js';

// The random form of `fenced-names.test.ts`: `SEED` repeats the faults, if not the moments at which they hit; `MINUTES` for how long.

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const MINUTES = Number(process.env.MINUTES ?? 3);
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

describe.each(['gossip', 'kv'] as const)('names under random faults, with registry: %s', (registry) => {
  it(`have no owner that acts with an older token; SEED=${SEED}`, { timeout: (MINUTES + 3) * 60_000 }, async () => {
    const random = randomNumbers(SEED);
    const names = await NamesUnderFaults.start(() => [nats], registry);
    const faults: string[] = [];
    try {
      await names.haveMet();
      const end = performance.now() + MINUTES * 60_000;
      while (performance.now() < end) {
        const node = NODES[random(NODES.length)] as string;
        const fault = (['cut', 'hold', 'freeze', 'kill', 'heal', 'heal', 'nats'] as const)[random(7)] as 'cut';
        faults.push(`${fault} ${node}`);
        if ((fault as string) === 'nats') {
          await nats.kill();
          await sleep(random(3000));
          await nats.restart();
        } else {
          // Another run has to reach NATS to begin with.
          if ((fault as string) === 'kill') names.heal(node);
          await names[fault](node);
        }
        // Long enough for others to take over, or not.
        await sleep([50, 1000, 7000][random(3)]);
      }
      for (const node of NODES) names.heal(node);
      await names.isOwned();
      const { history } = names;
      expect(acceptedWithOlderToken(history), String(faults)).toEqual([]);
      const acts = history.filter(({ type }) => type === 'act').length;
      const late = actsAfterLaterOwner(history);
      const lateForNoReason = late.filter(({ hasStoodStill }) => !hasStoodStill);
      console.log(
        `${registry}: ${faults.length} faults, ${history.length - acts} grants, ${acts} acts; refused because of a later owner: ` +
          `${late.length}, of which without having stood still: ${lateForNoReason.length}`,
      );
      if (registry === 'gossip') return;
      expect(grantsOutOfOrder(history), String(faults)).toEqual([]);
      expect(lateForNoReason, String(faults)).toEqual([]);
    } finally {
      await names.stop();
    }
  });
});

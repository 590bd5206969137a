import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pid, Ref } from '@rekindle/kernel';
import type { Hand } from '../fixtures/hand.mjs';
import { HandsNode, on } from './hands.js';

/** Killed at once, so that their replacements start side by side. */
const AT_ONCE = 2;
const SCHEDULERS = 2 * AT_ONCE;

/**
 * Kills schedulers, some at once, while the others send to them, link to them, and name their processes; returns what is left of
 * it, which has to be as if it had not happened.
 */
export async function killMany(kills: number): Promise<{ readonly node: HandsNode; readonly heapGrowth: number; readonly left: object }> {
  const node = new HandsNode({ schedulers: SCHEDULERS });
  await node.threads.start();

  let early = 0;
  const rounds = Math.ceil(kills / AT_ONCE);
  for (let round = 0; round < rounds; round++) {
    // Another half each time: long-lived threads see deaths, and are killed then.
    const pairs = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, pair) => {
        const [victim, other] = await Promise.all([
          node.hand(2 * pair + (round % 2)),
          node.hand(2 * pair + ((round + 1) % 2), { trapExit: true }),
        ]);
        await meet(victim, other, `victim ${pair}`);
        return { victim, other };
      }),
    );
    const before = node.downs.length;
    for (const { victim } of pairs) node.threads.kill(victim.thread);
    await node.until(() => node.downs.length === before + AT_ONCE && node.threads.running.length === SCHEDULERS);
    await Promise.all(pairs.map(({ other }) => hears(other)));
    if (round === Math.floor(rounds / 4)) early = await settledHeap();
  }
  const left = {
    names: node.kernel.names.names(),
    peers: [...node.kernel.addresses()].filter(({ peers, down }) => down && peers !== null && !peers.isEmpty).length,
    writtenOff: node.threads.writtenOff,
    missingLanes: SCHEDULERS - [...node.threads.carrier.lanes()].length,
    fatal: node.fatal,
  };
  return { node, heapGrowth: (await settledHeap()) - early, left };
}

/** Everything that ties a process to one of another thread. */
async function meet(victim: Ref<Hand>, other: Ref<Hand>, name: string): Promise<void> {
  await on(
    other,
    (self, { kernel }, victim: Pid) => {
      self.link(victim);
      self.monitor(victim);
      void self.call(victim, 'collect', 1).catch(() => {});
      for (let i = 0; i < 50; i++) self.send(victim, new Uint8Array(1_000));
      kernel.registerProcess(`other of ${String(victim)}`, self.self);
    },
    victim,
  );
  await on(victim, (self, { kernel }, name: string) => kernel.registerProcess(name, self.self), name);
}

/** The exit of the link and the message of the monitor, nothing else; then it ends too. */
async function hears(other: Ref<Hand>): Promise<void> {
  const heard = await other.call('collect', 2);
  if (heard.length !== 2) throw new Error(`heard ${heard.length} messages`);
  await on(other, (self) => self.exit(self.self, 'kill')).catch(() => {});
}

async function settledHeap(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What ended threads shared is given back in steps.
  for (let round = 0; round < 5; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Not the resident size: what malloc keeps of 500 ended threads varies by tens of MiB and levels off.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

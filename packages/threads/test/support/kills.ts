import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HandsNode, on } from './hands.js';

/**
 * Kills schedulers one after the other while the others send to them, link to them, and name their processes; returns what is
 * left of it, which has to be as if it had not happened.
 */
export async function killMany(kills: number): Promise<{ readonly node: HandsNode; readonly heapGrowth: number; readonly left: object }> {
  const node = new HandsNode({ schedulers: 2 });
  await node.threads.start();

  let early = 0;
  for (let kill = 0; kill < kills; kill++) {
    const [victim, other] = await Promise.all([node.hand(kill % 2), node.hand((kill + 1) % 2, { trapExit: true })]);
    await on(
      other,
      (self, { kernel }, victim) => {
        self.link(victim);
        self.monitor(victim);
        void self.call(victim, 'collect', 1).catch(() => {});
        for (let i = 0; i < 50; i++) self.send(victim, new Uint8Array(1_000));
        kernel.registerProcess(`other of ${String(victim)}`, self.self);
      },
      victim,
    );
    await on(victim, (self, { kernel }) => kernel.registerProcess('the victim', self.self));
    const before = node.downs.length;
    node.threads.kill(victim.thread);
    await node.until(() => node.downs.length > before && node.threads.running.length === 2);
    const heard = await other.call('collect', 2);
    if (heard.length !== 2) throw new Error(`heard ${heard.length} messages`);
    await on(other, (self) => self.exit(self.self, 'kill')).catch(() => {});
    if (kill === Math.floor(kills / 4)) early = await settledHeap();
  }
  const left = {
    names: node.kernel.names.names(),
    peers: [...node.kernel.addresses()].filter(({ peers, down }) => down && peers !== null && !peers.isEmpty).length,
    writtenOff: node.threads.writtenOff,
    lanes: [...node.threads.carrier.lanes()].length,
    fatal: node.fatal,
  };
  return { node, heapGrowth: (await settledHeap()) - early, left };
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

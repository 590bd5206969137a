import { GenServer, register } from '@rekindle/kernel';
import { round } from '../../harness/statistics.js';
import { expectEqual, type Measured, rate } from '../../kernel/workload.js';
import { startNode } from '../node.js';

// Processes that compute, on one scheduler and on two.

const ACTORS = 8;
const PIECES = 400;

export class Cruncher extends GenServer {
  /** The number of primes below 20,000, the slow way. */
  crunch(): number {
    let primes = 0;
    for (let n = 2; n < 20_000; n++) {
      let prime = true;
      for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0;
      if (prime) primes++;
    }
    return primes;
  }
}

register(Cruncher);

async function crunch(threads: readonly number[]): Promise<Measured> {
  const crunchers = await Promise.all(
    Array.from({ length: ACTORS }, (_, i) => Cruncher.start(undefined, { thread: threads[i % threads.length] as number })),
  );
  const work = async (pieces: number): Promise<Measured> => {
    const startedAt = performance.now();
    const each = crunchers.map(async (cruncher) => {
      for (let piece = 0; piece < pieces / ACTORS; piece++) expectEqual('primes', await cruncher.within(60_000).call('crunch'), 2262);
    });
    await Promise.all(each);
    return rate(pieces, startedAt);
  };
  await work(PIECES / 4);
  return work(PIECES);
}

export async function spread(): Promise<Measured> {
  await startNode(2);
  const one = await crunch([0]);
  const two = await crunch([0, 1]);
  return { value: two.value, one: round(one.value), speedUp: round(two.value / one.value) };
}

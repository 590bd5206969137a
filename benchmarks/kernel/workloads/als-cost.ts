import { AsyncLocalStorage } from 'node:async_hooks';
import { expectEqual, type Workload } from '../workload.js';

async function step(n: number): Promise<number> {
  return n;
}

async function awaitAll(count: number): Promise<number> {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += await step(1);
  return sum;
}

async function nanosecondsPerAwait(count: number): Promise<number> {
  const startedAt = performance.now();
  expectEqual('sum', await awaitAll(count), count);
  return ((performance.now() - startedAt) * 1_000_000) / count;
}

/** The price of an `await` in an AsyncLocalStorage context; 100 % is its price while nobody uses one. */
export const workload: Workload = {
  size: 5_000_000,
  warmUp: 0,
  run: async (count) => {
    await awaitAll(count / 10);
    const without = await nanosecondsPerAwait(count);
    const storage = new AsyncLocalStorage<object>();
    await storage.run({}, () => awaitAll(count / 10));
    const inside = await storage.run({}, () => nanosecondsPerAwait(count));
    return { value: (inside / without) * 100, withoutNs: without, insideNs: inside };
  },
};

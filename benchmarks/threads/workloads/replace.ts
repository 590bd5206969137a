import { summary } from '../../harness/statistics.js';
import type { Measured } from '../../kernel/workload.js';
import { startNode } from '../node.js';
import { Echo } from './round-trip.js';

const DEATHS = 20;

/** From the death of a scheduler until a process runs on its replacement. */
export async function replace(): Promise<Measured> {
  const threads = await startNode(2);
  const times: number[] = [];
  for (let death = 0; death < DEATHS; death++) {
    const startedAt = performance.now();
    threads.kill(threads.running[0] as number);
    while (threads.running.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await Echo.start(undefined, { thread: 1 });
    times.push((performance.now() - startedAt) * 1000);
  }
  return { value: summary(times).median, worst: summary(times).max };
}

import { GenServer } from '@rekindle/kernel';
import type { Measured } from '../../kernel/workload.js';
import { startNode } from '../node.js';
import { Echo } from './round-trip.js';

const SECONDS = 5;

/** What a node with two schedulers and nothing to do takes of one core. */
export async function idleCpu(): Promise<Measured> {
  await startNode(2);
  for (const thread of [0, 1]) await GenServer.stop(await Echo.start(undefined, { thread }));
  // Compilation and collection that the start has left behind are not idling.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const { user, system } = process.cpuUsage(before);
  return { value: (user + system) / (10 * (performance.now() - startedAt)) };
}

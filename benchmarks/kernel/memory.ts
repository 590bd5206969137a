import { readFileSync } from 'node:fs';
import { expectEqual, type Measured } from './workload.js';

/** Bytes of heap and of resident memory that each of `count` things costs; `build` returns what keeps them alive. */
export async function bytesPer(count: number, build: () => Promise<readonly unknown[]>): Promise<Measured> {
  await collect();
  const heap = process.memoryUsage().heapUsed;
  const rss = residentBytes();
  const kept = await build();
  await collect();
  expectEqual('things alive', kept.length, count);
  return { value: (process.memoryUsage().heapUsed - heap) / count, rss: (residentBytes() - rss) / count, count };
}

export async function collect(): Promise<void> {
  const gc = globalThis.gc as NodeJS.GCFunction;
  gc();
  await new Promise((resolve) => setTimeout(resolve, 50));
  gc();
}

function residentBytes(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) * 1024;
}

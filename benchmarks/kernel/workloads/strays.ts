import { attributeStrays } from '@rekindle/kernel';
import type { Measured, Workload } from '../workload.js';
import { one as call } from './call.js';
import { asynchronous, info } from './ping-pong.js';

const parts: Record<string, Workload> = { pingPong: info, pingPongAsync: asynchronous, call };

/** Microseconds of CPU for each: what else the machine does counts for less than in the time that passes. Two passes warm up. */
async function cpuPerOperation({ run, size }: Workload): Promise<number> {
  const operations = size / 5;
  for (let pass = 0; pass < 2; pass++) await run(operations, true);
  const before = process.cpuUsage();
  await run(operations, false);
  return process.cpuUsage(before).user / operations;
}

/** What a message, a message to an async process and a call cost while `attributeStrays` is on; 100 % is their price without. */
export const workload: Workload = {
  size: 1,
  warmUp: 0,
  run: async () => {
    const without = new Map<string, number>();
    for (const [name, part] of Object.entries(parts)) without.set(name, await cpuPerOperation(part));
    attributeStrays();
    const measured: Measured[] = [];
    for (const [name, part] of Object.entries(parts)) {
      const [before, after] = [without.get(name) as number, await cpuPerOperation(part)];
      measured.push({ variant: name, value: (after / before) * 100, withoutUs: before, withUs: after });
    }
    return measured;
  },
};

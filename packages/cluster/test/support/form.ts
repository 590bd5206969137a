import { appendFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** The long form of a chaos test: faults that last, and more of them. */
export const LONG: boolean = process.env.CHAOS_FORM === 'long';

/** For the table in docs/explanation/cluster-guarantees.md, which `npm run chaos -- --table` makes. `fault` is one of `chaos/faults.json`. */
export function measured(fault: string, what: string, value: number, unit: 's' | 'MiB' | ''): void {
  const { CHAOS_RESULTS } = process.env;
  if (CHAOS_RESULTS === undefined) return;
  appendFileSync(CHAOS_RESULTS, `${JSON.stringify({ fault, what, value, unit, long: LONG, load: loadavg()[0] })}\n`);
}

/** Seconds since then, which is from `performance.now()`. */
export function since(then: number): number {
  return (performance.now() - then) / 1000;
}

/** A fault lasts: in short forms for as long as the test needs to see what it does, in long ones for so long. */
export async function lasts(ms: number): Promise<void> {
  if (LONG) await sleep(ms);
}

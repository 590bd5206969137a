import type { Unit } from '../question.js';

/** A piece of work that is done in a fresh process: warm-up passes, then one measured pass. */
export interface Workload {
  readonly size: number;
  /** Size of each of the two warm-up passes; 0: none, for what fills the memory. */
  readonly warmUp: number;
  /** Throws when the work did not come to the answer it has to come to. */
  run(size: number, warmingUp: boolean): Promise<Measured | Measured[]>;
}

export interface Measured {
  /** For a workload that measures several things. */
  readonly variant?: string;
  readonly value: number;
  /** When it is not the unit of the case. */
  readonly unit?: Unit;
  readonly [more: string]: number | string | undefined;
}

/** So many operations since `startedAt`, as operations per second. */
export function rate(operations: number, startedAt: number, more: Record<string, number | string> = {}): Measured {
  const ms = performance.now() - startedAt;
  return { value: (operations * 1000) / ms, operations, ms, ...more };
}

/** The fixture's check of its own answer. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}

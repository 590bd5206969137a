import type { Measured } from '../kernel/workload.js';
import { Refusal } from '../question.js';
import { type Program, runFresh } from './fresh-process.js';
import type { RawResults } from './raw-results.js';

const TIMEOUT_MS = 180_000;

/** What a fresh process printed of one case; refused when it failed or said nothing. */
export async function measured(
  program: Program,
  name: string,
  system: string,
  raw: RawResults,
  timeoutMs: number = TIMEOUT_MS,
): Promise<Measured[]> {
  const { lines, status, complaint } = await runFresh(program, timeoutMs);
  raw.add({ case: name, system, status, lines });
  if (status !== 0 || lines.length === 0) throw new Refusal(`${name} failed on ${system}: ${complaint}`);
  return lines as unknown as Measured[];
}

/** All runs of one variant. */
export function ofVariant(runs: readonly Measured[][], variant: string | undefined): Measured[] {
  return runs.flatMap((run) => run.filter((one) => one.variant === variant));
}

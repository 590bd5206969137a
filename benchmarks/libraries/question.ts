import { type Program, runFresh } from '../harness/fresh-process.js';
import { installPeers } from '../harness/installed-peers.js';
import { RawResults } from '../harness/raw-results.js';
import { RUNS } from '../harness/settings.js';
import { round, type Summary, summary } from '../harness/statistics.js';
import { ourProgram } from '../kernel/question.js';
import { type Line, type Question, Refusal } from '../question.js';
import { type Case, cases } from './cases.js';
import { programOf, systems } from './systems.js';

const TIMEOUT_MS = 120_000;

export const peers: Question = {
  name: 'peers',
  asks: 'how do processes compare with the actor libraries on npm, and with the least that anything of the kind has to do?',
  cases: cases.map(({ name }) => name),
  answer,
};

async function* answer(names: readonly string[]): AsyncIterable<Line> {
  installPeers();
  const raw = new RawResults('peers');
  for (const name of names) yield* measure(cases.find((one) => one.name === name) as Case, raw);
}

/** All systems by turns, each run in a process of its own; a system that cannot do the work has no line. */
async function* measure(one: Case, raw: RawResults): AsyncIterable<Line> {
  const samples = new Map<string, number[]>([['rekindle', []], ...systems.map(({ name }): [string, number[]] => [name, []])]);
  const programs: [string, Program][] = [
    ['rekindle', ourProgram({ name: one.ours ?? one.name })],
    ...systems.map((system): [string, Program] => [system.name, programOf(system, one.workload)]),
  ];
  for (let run = 0; run < RUNS; run++) {
    for (const [system, program] of programs) {
      const value = await oneValue(one, system, program, raw);
      if (value === undefined) samples.delete(system);
      else samples.get(system)?.push(value);
    }
  }
  const ours = summary(samples.get('rekindle') ?? []);
  for (const [system, values] of samples) yield line(one, system, summary(values), ours, values.length);
}

function line({ name, unit }: Case, system: string, { median, min, max }: Summary, ours: Summary, runs: number): Line {
  const compared = system === 'rekindle' ? {} : { rekindle: ours.median, ratio: round(ours.median / median) };
  return { bench: 'peers', case: name, system, value: median, unit, ...compared, min, max, runs };
}

/** Undefined when the system has no such workload. */
async function oneValue(one: Case, system: string, program: Program, raw: RawResults): Promise<number | undefined> {
  const { lines, status, complaint } = await runFresh(program, TIMEOUT_MS);
  raw.add({ case: one.name, system, status, lines });
  const measured = lines.find(({ variant }) => variant === undefined || variant === one.variant);
  if (status !== 0 || measured === undefined) throw new Refusal(`${one.name} failed on ${system}: ${complaint}`);
  const { na, n, sum, value, rate, bytes_heap } = measured as Record<string, number | undefined>;
  if (na !== undefined) return undefined;
  if (sum !== undefined && sum !== ((n as number) * ((n as number) - 1)) / 2) throw new Refusal(`${system} came to a wrong sum: ${sum}`);
  return value ?? bytes_heap ?? rate;
}

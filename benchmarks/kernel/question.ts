import { fileURLToPath } from 'node:url';
import type { Program } from '../harness/fresh-process.js';
import { measured, ofVariant } from '../harness/measured.js';
import { RawResults } from '../harness/raw-results.js';
import { RUNS } from '../harness/settings.js';
import { round, summary } from '../harness/statistics.js';
import type { Line, Question } from '../question.js';
import { type Case, cases } from './cases.js';
import { measuredByOtp, Otp } from './otp.js';
import type { Measured } from './workload.js';

export const kernel: Question = {
  name: 'kernel',
  asks: 'how fast are processes on one thread, beside the BEAM with one scheduler?',
  cases: cases.map(({ name }) => name),
  answer,
};

async function* answer(names: readonly string[]): AsyncIterable<Line> {
  const otp = Otp.find();
  const raw = new RawResults('kernel');
  for (const name of names) yield* measure(cases.find((one) => one.name === name) as Case, otp, raw);
}

/** Ours and OTP's by turns, each in a process of its own. */
async function* measure(one: Case, otp: Otp | undefined, raw: RawResults): AsyncIterable<Line> {
  const ours: Measured[][] = [];
  const theirs: Measured[][] = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push(await measured(ourProgram(one), one.name, 'rekindle', raw));
    if (otp !== undefined && one.otp !== undefined)
      theirs.push((await measured(otp.program(one), one.name, 'otp', raw)).map(measuredByOtp));
  }
  for (const { variant } of ours[0] ?? []) yield line(one, ofVariant(ours, variant), ofVariant(theirs, variant));
}

/** The fastest way in which the public API can be used: see `workloads/`. */
export function ourProgram({ name }: { readonly name: string }): Program {
  return { command: process.execPath, args: ['--expose-gc', fileURLToPath(new URL('run-workload.js', import.meta.url)), name] };
}

function line(one: Case, ours: readonly Measured[], theirs: readonly Measured[]): Line {
  const { median, min, max } = summary(ours.map(({ value }) => value));
  const { variant, unit = one.unit, ...more } = ours[ours.length >> 1] as Measured;
  const otp = summary(theirs.map(({ value }) => value));
  return {
    bench: 'kernel',
    case: one.name,
    ...(variant === undefined ? {} : { variant }),
    value: median,
    unit,
    ...(theirs.length === 0 ? {} : { otp: otp.median, ratio: round(median / otp.median), otpMin: otp.min, otpMax: otp.max }),
    min,
    max,
    runs: ours.length,
    ...details(ours, more),
  };
}

/** Medians of whatever else a workload told about its runs. */
function details(ours: readonly Measured[], more: Readonly<Record<string, unknown>>): Record<string, number> {
  const names = Object.keys(more).filter((name) => !['value', 'ms', 'operations', 'count'].includes(name));
  return Object.fromEntries(names.map((name) => [name, summary(ours.map((one) => Number(one[name]))).median]));
}

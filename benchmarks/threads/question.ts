import { fileURLToPath } from 'node:url';
import type { Program } from '../harness/fresh-process.js';
import { measured, ofVariant } from '../harness/measured.js';
import { RawResults } from '../harness/raw-results.js';
import { RUNS } from '../harness/settings.js';
import { round, summary } from '../harness/statistics.js';
import type { Measured } from '../kernel/workload.js';
import type { Line, Question } from '../question.js';
import { type Case, cases } from './cases.js';
import { otpWithTwoSchedulers } from './otp.js';

export const threads: Question = {
  name: 'threads',
  asks: 'how fast are processes on several threads of one node, beside the BEAM with two schedulers?',
  cases: cases.map(({ name }) => name),
  answer,
};

async function* answer(names: readonly string[]): AsyncIterable<Line> {
  const otp = otpWithTwoSchedulers();
  const raw = new RawResults('threads');
  for (const name of names) yield* measure(cases.find((one) => one.name === name) as Case, otp, raw);
}

/** Ours and OTP's by turns, each in a process of its own. */
async function* measure(one: Case, otp: ((workload: string) => Program) | undefined, raw: RawResults): AsyncIterable<Line> {
  const ours: Measured[][] = [];
  const theirs: Measured[][] = [];
  const own = { command: process.execPath, args: [fileURLToPath(new URL('run-workload.js', import.meta.url)), one.name] };
  for (let run = 0; run < RUNS; run++) {
    ours.push(await measured(own, one.name, 'rekindle', raw));
    if (otp !== undefined && one.otp === true) theirs.push(await measured(otp(one.name), one.name, 'otp', raw));
  }
  for (const { variant } of ours[0] ?? []) yield line(one, ofVariant(ours, variant), ofVariant(theirs, variant));
}

function line(one: Case, ours: readonly Measured[], theirs: readonly Measured[]): Line {
  const { median, min, max } = summary(ours.map(({ value }) => value));
  const otp = summary(theirs.map(({ value }) => value));
  return {
    bench: 'threads',
    case: one.name,
    ...(ours[0]?.variant === undefined ? {} : { variant: ours[0].variant }),
    value: median,
    unit: one.unit,
    ...(theirs.length === 0 ? {} : { otp: otp.median, ratio: round(median / otp.median), otpMin: otp.min, otpMax: otp.max }),
    min,
    max,
    runs: ours.length,
    ...details(ours, ''),
    ...details(theirs, 'otp '),
  };
}

/** Medians of whatever else was measured beside the value. */
function details(runs: readonly Measured[], prefix: string): Record<string, number> {
  const names = Object.keys(runs[0] ?? {}).filter((name) => !['w', 'variant', 'value', 'ms', 'operations'].includes(name));
  return Object.fromEntries(names.map((name) => [`${prefix}${name}`, summary(runs.map((one) => Number(one[name]))).median]));
}

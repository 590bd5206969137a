import { fileURLToPath } from 'node:url';
import { measured, ofVariant } from '../harness/measured.js';
import { RawResults } from '../harness/raw-results.js';
import { RUNS } from '../harness/settings.js';
import { round, summary } from '../harness/statistics.js';
import type { Measured } from '../kernel/workload.js';
import type { Line, Question, Unit } from '../question.js';

const units: Readonly<Record<string, Unit>> = { remoteSend: '1/s', remoteCall: 'us', broadcast: '1/s' };
/** Of each, what one entry takes on a node. */
const scales = ['names', 'groups', 'topics'];
const SCALE_TIMEOUT_MS = 900_000;

export const cluster: Question = {
  name: 'cluster',
  asks: 'what do messages, calls and broadcasts to another node cost beside the raw client on the same nats-server, and what do many names, groups and topics on six nodes?',
  cases: [...Object.keys(units), ...scales],
  answer,
};

async function* answer(names: readonly string[]): AsyncIterable<Line> {
  const raw = new RawResults('cluster');
  const command = { command: process.execPath, script: fileURLToPath(new URL('run-workload.js', import.meta.url)) };
  for (const name of names.filter((one) => scales.includes(one))) yield* scale(name, raw);
  for (const name of names.filter((one) => !scales.includes(one))) {
    const runs: Measured[][] = [];
    for (let run = 0; run < RUNS; run++)
      runs.push(await measured({ command: command.command, args: [command.script, name] }, name, 'rekindle', raw));
    const median = (variant: string, field: string) => summary(ofVariant(runs, variant).map((one) => Number(one[field]))).median;
    const { median: value, min, max } = summary(ofVariant(runs, 'rekindle').map((one) => one.value));
    const rawValue = median('raw', 'value');
    const more = name === 'remoteCall' ? ['p99'] : ['cpuUs'];
    yield {
      bench: 'cluster',
      case: name,
      value,
      unit: units[name] as Unit,
      raw: rawValue,
      ratio: round(value / rawValue),
      min,
      max,
      runs: runs.length,
      ...Object.fromEntries(
        more.flatMap((field) => [
          [field, median('rekindle', field)],
          [`raw ${field}`, median('raw', field)],
        ]),
      ),
    };
  }
}

/** Once: six processes and minutes are enough. */
async function* scale(name: string, raw: RawResults): AsyncIterable<Line> {
  const script = fileURLToPath(new URL('run-scale.js', import.meta.url));
  const [one] = await measured({ command: process.execPath, args: [script, name] }, name, 'rekindle', raw, SCALE_TIMEOUT_MS);
  const { value, count, madeMs, resyncMs } = one as Measured;
  yield {
    bench: 'cluster',
    case: name,
    value: Math.round(value),
    unit: 'B',
    count,
    madeMs: Math.round(Number(madeMs)),
    resyncMs: Math.round(Number(resyncMs)),
    runs: 1,
  };
}

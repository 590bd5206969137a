import { RawResults } from '../harness/raw-results.js';
import { RUNS } from '../harness/settings.js';
import { round, summary } from '../harness/statistics.js';
import type { Line, Question } from '../question.js';
import { idling, ways } from './idling.js';
import { publishUs } from './keeping.js';
import { type Published, publishers, publishing } from './publishing.js';
import { rejoining } from './rejoining.js';
import { readUs, schemas } from './validating.js';

export const push: Question = {
  name: 'push',
  asks: 'what does publishing over HTTP cost beside a bare server that parses the same bodies, what does keeping a topic, and how long do 1,000 clients take to come back, and what do validation and idle clients cost?',
  cases: ['publish', 'publish-100', 'recoverable', 'rejoin', 'validation', 'sseIdle'],
  answer,
};

const message = { topic: 'match:7', event: 'goal', payload: { team: 'home', minute: 77, scorer: { name: 'Somebody' } } };
const requests: { readonly [name: string]: { readonly body: string; readonly total: number } } = {
  publish: { body: JSON.stringify(message), total: 60_000 },
  'publish-100': { body: JSON.stringify({ messages: Array.from({ length: 100 }, () => message) }), total: 6000 },
};

async function* answer(names: readonly string[]): AsyncIterable<Line> {
  const raw = new RawResults('push');
  for (const name of names) {
    const request = requests[name];
    if (request !== undefined) yield await publishingLine(name, request, raw);
    else if (name === 'rejoin') yield await rejoin(raw);
    else if (name === 'validation') yield* validation(raw);
    else if (name === 'sseIdle') yield await sseIdle(raw);
    else yield keeping(raw);
  }
}

/** Fresh servers in turn, so that what else the machine does meets both. */
async function publishingLine(name: string, { body, total }: { body: string; total: number }, raw: RawResults): Promise<Line> {
  const ours: Published[] = [];
  const bare: Published[] = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push(await publishing(publishers.ours, body, total));
    bare.push(await publishing(publishers.bare, body, total));
    raw.add({ case: name, run, ours: ours.at(-1), bare: bare.at(-1) });
  }
  const rate = (all: readonly Published[]): number => summary(all.map(({ requestsPerS }) => requestsPerS)).median;
  const cpu = (all: readonly Published[]): number => summary(all.map(({ serverUs }) => serverUs)).median;
  return {
    bench: 'push',
    case: name,
    value: rate(ours),
    unit: '1/s',
    baseline: 'uWebSockets.js',
    baselineValue: rate(bare),
    ratio: round(rate(ours) / rate(bare)),
    serverUsPerRequest: cpu(ours),
    baselineUsPerRequest: cpu(bare),
    cpuRatio: round(cpu(bare) / cpu(ours)),
    runs: RUNS,
  };
}

/** Of all rounds the median of the slowest hundredth. */
async function rejoin(raw: RawResults): Promise<Line> {
  const p99s: number[] = [];
  const p50s: number[] = [];
  let clients = 0;
  let recovered = 0;
  const serverUs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const round = await rejoining();
    const sorted = [...round.latencies].sort((a, b) => a - b);
    p50s.push(sorted[Math.floor(sorted.length * 0.5)] as number);
    p99s.push(sorted[Math.floor(sorted.length * 0.99)] as number);
    clients += sorted.length;
    recovered += round.recovered;
    serverUs.push(round.serverUs);
    raw.add({ case: 'rejoin', run, ...round });
  }
  return {
    bench: 'push',
    case: 'rejoin',
    value: Math.round(summary(p99s).median * 1000),
    unit: 'us',
    percentile: 99,
    p50Us: Math.round(summary(p50s).median * 1000),
    serverUsPerClient: Math.round(summary(serverUs).median),
    clients,
    recovered,
    runs: RUNS,
  };
}

function keeping(raw: RawResults): Line {
  const policy = { cachedMs: null, recoverable: { maxMessages: 100, maxAgeMs: 300_000 }, conflate: null };
  const plain: number[] = [];
  const kept: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    plain.push(publishUs(null));
    kept.push(publishUs(policy));
  }
  raw.add({ case: 'recoverable', plain, kept });
  const [value, baselineValue] = [summary(kept).median, summary(plain).median];
  return {
    bench: 'push',
    case: 'recoverable',
    value,
    unit: 'us',
    baseline: 'plain topic',
    baselineValue,
    ratio: round(baselineValue / value),
    runs: RUNS,
  };
}

/** A line for each library, its rounds by turns with those of none. */
async function* validation(raw: RawResults): AsyncIterable<Line> {
  for (const [library, schema] of Object.entries(await schemas())) {
    const checked: number[] = [];
    const unchecked: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      unchecked.push(readUs(null));
      checked.push(readUs(schema));
    }
    raw.add({ case: 'validation', library, checked, unchecked });
    const [value, baselineValue] = [summary(checked).median, summary(unchecked).median];
    yield {
      bench: 'push',
      case: 'validation',
      library,
      value,
      unit: 'us',
      baseline: 'none',
      baselineValue,
      ratio: round(baselineValue / value),
      runs: RUNS,
    };
  }
}

async function sseIdle(raw: RawResults): Promise<Line> {
  const sse: number[] = [];
  const websocket: number[] = [];
  let clients = 0;
  for (let run = 0; run < RUNS; run++) {
    const [first, second] = [await idling(ways.sse), await idling(ways.websocket)];
    sse.push(first.kibPerClient);
    websocket.push(second.kibPerClient);
    ({ clients } = first);
    raw.add({ case: 'sseIdle', run, sse: first, websocket: second });
  }
  const [value, baselineValue] = [summary(sse).median, summary(websocket).median];
  return {
    bench: 'push',
    case: 'sseIdle',
    value: round(value),
    unit: 'KiB',
    baseline: 'WebSocket',
    baselineValue: round(baselineValue),
    ratio: round(value / baselineValue),
    clients,
    runs: RUNS,
  };
}

import { installPeers } from '../harness/installed-peers.js';
import { round, summary } from '../harness/statistics.js';
import type { Line, Question } from '../question.js';
import { Bench, type Performance } from './bench.js';
import { type Case, cases, latencyAt } from './cases.js';
import { maxConnections } from './file-limit.js';
import type { LoadResult } from './generator.js';
import { type Adapter, adapters, bareServer, ourServer, type Server, socketIo, threadedServers } from './servers.js';

export const channels: Question = {
  name: 'channels',
  asks: 'how close is a channel server to a bare one on the same transport, and how far from socket.io?',
  cases: [...cases.map(({ name }) => name), 'latency'],
  answer,
};

async function* answer(names: readonly string[]): AsyncIterable<Line> {
  const pairs = adapters().map((adapter): [Adapter, Server, Server] => [adapter, ourServer(adapter), bareServer(adapter)]);
  installPeers();
  const bench = new Bench();
  for (const name of names) {
    const one = cases.find((candidate) => candidate.name === name);
    if (one === undefined) yield* latency(bench, pairs);
    else if (one.isThreaded !== true) yield* measure(bench, one, pairs, [socketIo]);
    else if (pairs.some(([adapter]) => adapter === 'uws')) yield* measure(bench, one, [['uws', ...threadedServers()]], []);
  }
}

async function* measure(
  bench: Bench,
  one: Case,
  pairs: readonly [Adapter, Server, Server][],
  others: readonly Server[],
): AsyncIterable<Line> {
  const fit = maxConnections();
  if (fit < one.connections) {
    const room = `${one.connections} connections need more descriptors than ulimit -n gives (${fit + 100})`;
    console.error(one.orFewer ? `${one.name}: ${room}, so there are ${fit}.` : `${one.name} is skipped: ${room}.`);
    if (!one.orFewer) return;
  }
  const connections = Math.min(fit, one.connections);
  const done = await bench.compare(one, connections, [...pairs.flatMap(([, ours, bare]) => [ours, bare]), ...others]);
  for (const [adapter, ours, bare] of pairs) {
    yield line(one, connections, adapter, ours, done.get(ours) as Performance, bare, done.get(bare) as Performance, done.get(socketIo));
  }
}

/** At half the rate that our server reaches, the same for all. */
async function* latency(bench: Bench, pairs: readonly [Adapter, Server, Server][]): AsyncIterable<Line> {
  const [echo] = cases as readonly [Case, ...Case[]];
  for (const [adapter, ours, bare] of pairs) {
    const reached = (await bench.compare(echo, echo.connections, [ours])).get(ours) as Performance;
    const one = latencyAt(Math.round(reached.median / 2));
    const done = await bench.compare(one, one.connections, [ours, bare, socketIo]);
    const result = line(
      one,
      one.connections,
      adapter,
      ours,
      done.get(ours) as Performance,
      bare,
      done.get(bare) as Performance,
      done.get(socketIo),
    );
    yield { ...result, pushesPerS: Math.round(reached.median / 2) };
  }
}

function line(
  { name, unit }: Case,
  connections: number,
  adapter: Adapter,
  server: Server,
  ours: Performance,
  bare: Server,
  theirs: Performance,
  socketio: Performance | undefined,
): Line {
  const { median, min, max, results } = ours;
  return {
    bench: 'channels',
    case: name,
    adapter,
    value: median,
    unit,
    baseline: bare.name,
    baselineValue: theirs.median,
    ratio: round(median / theirs.median),
    ...(socketio === undefined ? {} : { socketio: socketio.median, ratioSocketio: round(median / socketio.median) }),
    min,
    max,
    baselineMin: theirs.min,
    baselineMax: theirs.max,
    runs: results.length,
    connections,
    schedulers: Number(server.env.SCHEDULERS),
    ...costs(results, theirs.results),
    ...detail('p50Us', results, (result) => result.lat_us?.p50),
    ...detail('p99Us', results, (result) => result.lat_us?.p99),
    ...detail('baselineP99Us', theirs.results, (result) => result.lat_us?.p99),
    ...detail('serverWaitPct', results, (result) => result.server_wait_pct),
  };
}

/** Processor time of the server per message; the ratio reads as that of the rates does: above 1 ours is cheaper. */
function costs(ours: readonly LoadResult[], bare: readonly LoadResult[]): Record<string, number> {
  const { serverUsPerMessage } = detail('serverUsPerMessage', ours, (result) => result.server_us_per_msg);
  const { baselineUsPerMessage } = detail('baselineUsPerMessage', bare, (result) => result.server_us_per_msg);
  if (serverUsPerMessage === undefined || baselineUsPerMessage === undefined) return {};
  return { serverUsPerMessage, baselineUsPerMessage, cpuRatio: round(baselineUsPerMessage / serverUsPerMessage) };
}

/** The median of something that the generator tells about runs of this kind. */
function detail(name: string, results: readonly LoadResult[], pick: (result: LoadResult) => number | undefined): Record<string, number> {
  const values = results.map(pick).filter((value) => value !== undefined);
  return values.length === 0 ? {} : { [name]: summary(values).median };
}

import { SECONDS } from '../harness/settings.js';
import { summary } from '../harness/statistics.js';
import type { Unit } from '../question.js';
import type { LoadResult } from './generator.js';

export interface Case {
  readonly name: string;
  readonly unit: Unit;
  /** Fewer connections than these make another question of it: the case is skipped. With `orFewer` it is asked of as many as fit. */
  readonly connections: number;
  readonly orFewer?: boolean;
  /** Of servers with a thread for actors beside the one with the sockets. */
  readonly isThreaded?: boolean;
  /** The generator's options for that many connections. */
  options(connections: number): string[];
  value(result: LoadResult): number;
}

const window = ['--warmup', '2', '--duration', String(SECONDS)];

function echo(name: string, connections: number, inFlight: number): Case {
  const options = (n: number): string[] => ['--mode', 'echo', '--conns', `${n}`, '--window', `${inFlight}`, ...window];
  return { name, unit: '1/s', connections, options, value: perSecond };
}

function fanOut(name: string, connections: number, publishers: number, inFlight: number, topics = 1): Case {
  const options = (n: number): string[] => {
    const shape = ['--conns', `${n}`, '--topics', `${topics}`, '--publishers', `${publishers}`, '--window', `${inFlight}`];
    return ['--mode', 'fanout', ...shape, ...window, '--drain', '15'];
  };
  return { name, unit: '1/s', connections, options, value: perSecond };
}

export const cases: readonly Case[] = [
  echo('echo', 100, 16),
  echo('echo1', 1000, 1),
  fanOut('fanout1k', 1000, 4, 4),
  fanOut('fanout1kSingle', 1000, 1, 1),
  fanOut('fanout10k', 10_000, 4, 4),
  fanOut('topics', 10_000, 1000, 1, 1000),
  { ...echo('echoThreads', 100, 16), isThreaded: true },
  { ...fanOut('fanout1kThreads', 1000, 4, 4), isThreaded: true },
  {
    name: 'storm',
    unit: '1/s',
    connections: 10_000,
    orFewer: true,
    options: (n) => ['--mode', 'storm', '--conns', `${n}`, '--cycles', '3'],
    value: ({ cycles = [] }) => summary(cycles.map((cycle) => cycle.joins_per_s)).median,
  },
  {
    name: 'idle',
    unit: 'KiB',
    connections: 10_000,
    orFewer: true,
    options: (n) => ['--mode', 'idle', '--conns', `${n}`, '--steps', `${n / 5},${n}`, '--gc-signal', '12', '--duration', '2'],
    value: ({ rss_bytes_per_conn = Number.NaN }) => rss_bytes_per_conn / 1024,
  },
];

function perSecond({ per_s = Number.NaN }: LoadResult): number {
  return per_s;
}

/** Echo at a fixed rate; the time counts from the moment a push was due. The window is room to remember late answers in. */
export function latencyAt(pushesPerSecond: number): Case {
  const connections = 100;
  const rate = ['--rate', String(pushesPerSecond / connections), '--window', '4096', '--drain', '30'];
  return {
    name: 'latency',
    unit: 'us',
    connections,
    options: (n) => ['--mode', 'echo', '--conns', `${n}`, ...rate, ...window],
    value: ({ lat_us }) => lat_us?.p99 ?? Number.NaN,
  };
}

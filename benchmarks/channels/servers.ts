import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HERE, ROOT } from '../harness/paths.js';
import { Refusal } from '../question.js';

export type Adapter = 'uws' | 'node';

/** A server under test, and how the generator talks to it. */
export interface Server {
  readonly name: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly protocol: 'phx' | 'socketio';
  /** It has a thread for actors beside the one with the sockets, and two cores. */
  readonly isThreaded?: boolean;
}

const OURS = `${ROOT}apps/conformance/dist/channels/main.js`;

/** Everything on the main thread unless the environment says otherwise: the server has one core. */
export const SCHEDULERS: string = process.env.SCHEDULERS ?? '0';

/** `REKINDLE_BENCH_SERVER` puts another file in our server's place: it gets the same environment. */
export function ourServer(adapter: Adapter): Server {
  const file = process.env.REKINDLE_BENCH_SERVER ?? OURS;
  if (!existsSync(file)) throw new Refusal(`There is no server at ${file}: build it, or name one in REKINDLE_BENCH_SERVER.`);
  return { name: `rekindle-${adapter}`, file, env: { ADAPTER: adapter, SCHEDULERS }, protocol: 'phx' };
}

/** The bare server on the same transport: what the machine gives without a framework. */
export function bareServer(adapter: Adapter): Server {
  const name = adapter === 'uws' ? 'uws-raw' : 'ws-raw';
  return { name, file: `${HERE}peers/servers/${name}.js`, env: { PARSE: 'json' }, protocol: 'phx' };
}

/** Sockets on one thread, the application on another, and the same without a framework. */
export function threadedServers(): readonly [ours: Server, bare: Server] {
  const ours = ourServer('uws');
  const bare = { file: `${HERE}peers/servers/uws-gateway.js`, env: { PARSE: 'json', WORKERS: '1' }, protocol: 'phx' } as const;
  return [
    { ...ours, env: { ...ours.env, SCHEDULERS: '1' }, isThreaded: true },
    { name: 'uws-gateway', ...bare, isThreaded: true },
  ];
}

export const socketIo: Server = { name: 'socket.io', file: `${HERE}peers/servers/sio.js`, env: {}, protocol: 'socketio' };

/** The adapters to measure: `ADAPTER`, or all that load on this Node. */
export function adapters(): Adapter[] {
  const { ADAPTER } = process.env;
  if (ADAPTER !== undefined && ADAPTER !== 'uws' && ADAPTER !== 'node') throw new Refusal(`ADAPTER: expected uws or node, got ${ADAPTER}.`);
  if (ADAPTER !== undefined) return [ADAPTER];
  if (Number(process.versions.node.split('.')[0]) <= 20) return ['uws', 'node'];
  console.error(`uWebSockets.js does not load on Node ${process.versions.node}: only the node adapter is measured.`);
  return ['node'];
}

/** Preloaded where memory is measured: collects garbage on SIGUSR2, as the bare servers do. */
export const COLLECT_ON_SIGNAL: string = fileURLToPath(new URL('collect-on-signal.js', import.meta.url));

import { spawnSync } from 'node:child_process';
import { runFresh } from '../harness/fresh-process.js';
import { cacheFolder, HERE } from '../harness/paths.js';
import { Refusal } from '../question.js';
import type { RunningServer } from './running-server.js';
import type { Server } from './servers.js';

/** What the generator prints: see `chanload/README.md`. Only the fields that are used here. */
export interface LoadResult {
  readonly joined: number;
  readonly per_s?: number;
  readonly lat_us?: Readonly<{ p50: number; p99: number }>;
  readonly server_us_per_msg?: number;
  readonly server_cpu_pct?: number;
  readonly server_wait_pct?: number;
  readonly gen_cpu_pct?: number;
  readonly rss_bytes_per_conn?: number;
  readonly cycles?: readonly { readonly joined: number; readonly joins_per_s: number }[];
  readonly counts: Readonly<Record<string, number>>;
}

/** The path of the generator's program; built from source when it is not there or out of date. */
export function buildGenerator(): string {
  const binary = `${cacheFolder('chanload')}/chanload`;
  const { status, stderr, error } = spawnSync('make', ['-s', '-C', `${HERE}chanload`, `OUT=${binary}`], { encoding: 'utf8' });
  if (status === 0) return binary;
  const [why] = (error?.message ?? stderr).trim().split('\n');
  throw new Refusal(`The load generator could not be built, which takes make and a C compiler such as gcc: ${why}`);
}

/** Puts load on the server. Refuses a result in which anything was lost, repeated, misdelivered or refused. */
export async function load(
  binary: string,
  pin: readonly string[],
  { name, protocol }: Server,
  server: RunningServer,
  options: readonly string[],
): Promise<LoadResult> {
  const path = protocol === 'phx' ? 'socket/websocket?vsn=2.0.0' : 'socket.io/?EIO=4&transport=websocket';
  const target = ['--proto', protocol, '--url', `ws://127.0.0.1:${server.port}/${path}`, '--server-pid', String(server.pid), '--strict'];
  const [command, ...args] = [...pin, binary, ...target, ...options] as [string, ...string[]];
  const { lines, status, complaint } = await runFresh({ command, args }, 300_000);
  const result = lines[0] as unknown as LoadResult | undefined;
  if (status === 0 && result !== undefined) return result;
  const faults = Object.entries(result?.counts ?? {}).filter(([what, count]) => count > 0 && FAULTS.has(what));
  throw new Refusal(
    `${name} failed under load (exit code ${status}): ${faults.map(([what, n]) => `${n} ${what}`).join(', ')} ${complaint}`,
  );
}

const FAULTS = new Set([
  'connect_failed',
  'handshake_failed',
  'join_error',
  'closed_by_server',
  'replies_error',
  'replies_unknown',
  'lost_inflight',
  'missing',
  'dup',
  'misdelivered',
  'protocol_errors',
  'phx_error',
]);

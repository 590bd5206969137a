import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';

/** `bad`: it will not work; `advice`: it works, but not as well as it could. */
export interface Finding {
  readonly level: 'ok' | 'advice' | 'bad';
  readonly text: string;
}

const OLDEST: readonly [number, number] = [20, 19];
const ENOUGH_FILES = 10_000;
const NATS_TIMEOUT_MS = 2000;
const NATS_PORT = 4222;

export async function examine(environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  return [
    nodeVersion(process.versions.node),
    await adapter(),
    fileLimit(limits()),
    ...(await nats(environment.NATS_URL)),
    ...settings(environment, availableParallelism()),
  ];
}

export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return { level: 'bad', text: `Node ${version}: expected ${OLDEST.join('.')} or newer` };
  if (major === OLDEST[0]) return { level: 'advice', text: `Node ${version} works; Node 20 gets no security fixes any more, 22 and 24 do` };
  return { level: 'ok', text: `Node ${version}` };
}

async function adapter(): Promise<Finding> {
  const { uwsProblem } = await import('@rekindle/server/internal');
  const problem = uwsProblem();
  if (problem === undefined) return { level: 'ok', text: 'the native adapter loads' };
  return { level: 'advice', text: `${problem}: node:http and ws serve, with the same behaviour` };
}

function limits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return undefined;
  }
}

/** From the text of `/proc/self/limits`. */
export function fileLimit(text: string | undefined): Finding {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(text ?? '') ?? [];
  if (soft === undefined) return { level: 'ok', text: 'open files: the limit cannot be read here' };
  const enough = soft === 'unlimited' || Number(soft) >= ENOUGH_FILES;
  return {
    level: enough ? 'ok' : 'advice',
    text: enough
      ? `open files: ${soft}`
      : `open files: at most ${soft}, each connection needs one; raise it, for example with ulimit -n 65536`,
  };
}

async function nats(url: string | undefined): Promise<Finding[]> {
  if (url === undefined) return [{ level: 'ok', text: 'NATS_URL is not set: the node runs alone' }];
  const address = url.includes('://') ? url : `nats://${url}`;
  if (!URL.canParse(address)) return [{ level: 'bad', text: 'NATS_URL: expected an address such as nats://127.0.0.1:4222' }];
  const { hostname, port } = new URL(address);
  const at = `${hostname}:${port === '' ? NATS_PORT : port}`;
  const problem = await greeted(hostname, port === '' ? NATS_PORT : Number(port));
  return [problem === undefined ? { level: 'ok', text: `NATS answers at ${at}` } : { level: 'bad', text: `NATS at ${at}: ${problem}` }];
}

/** A NATS server says INFO as soon as one connects. */
function greeted(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(NATS_TIMEOUT_MS, () => end('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.once('data', (data) => end(data.toString('latin1').startsWith('INFO ') ? undefined : 'something else listens there'));
  });
}

/** Settings that work and hurt. */
export function settings({ NODE_ENV, SCHEDULERS, NODE_OPTIONS = '' }: NodeJS.ProcessEnv, processors: number): Finding[] {
  const found: Finding[] = [];
  const advice = (text: string): number => found.push({ level: 'advice', text });
  if (NODE_ENV !== 'production')
    advice(`NODE_ENV is ${NODE_ENV ?? 'not set'}: where it is deployed set it to production, messages are copied twice otherwise`);
  if (Number(SCHEDULERS) > processors)
    advice(`SCHEDULERS is ${SCHEDULERS}, there are ${processors} processors: more threads than these only take turns`);
  if (SCHEDULERS === '0') advice('SCHEDULERS is 0: a handler that blocks stops heartbeats too');
  if (/--inspect/.test(NODE_OPTIONS))
    advice('NODE_OPTIONS has --inspect: threads that are stuck are not replaced while a debugger is attached');
  if (/--max-old-space-size/.test(NODE_OPTIONS))
    advice(
      'NODE_OPTIONS has --max-old-space-size: it holds for each thread; resourceLimits of startApplication is the limit for schedulers',
    );
  return found;
}

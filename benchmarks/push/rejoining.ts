import { spawn } from 'node:child_process';
import { Agent, get, request } from 'node:http';
import { ROOT } from '../harness/paths.js';
import { cpuUs } from './publishing.js';

const KEY = 'a-key-of-the-benchmark-0123456789';
const TOPIC = 'match:7';
const CLIENTS = 1000;
const MISSED = 50;

export interface Rejoined {
  /** Milliseconds from each client's request until it had the last event that it missed. */
  readonly latencies: readonly number[];
  /** How many were told that they have everything. */
  readonly recovered: number;
  /** Processor time of the server for one client. */
  readonly serverUs: number;
}

/** A fresh server whose 1,000 clients come back at once, each with 50 events missed. Clients read server-sent events: they join as others do. */
export async function rejoining(): Promise<Rejoined> {
  const env = {
    ...process.env,
    OPTIONS: JSON.stringify({ adapter: 'uws', schedulers: 1 }),
    SETTINGS: JSON.stringify({ endpoint: { publish: { keys: [{ name: 'bench', key: KEY, topics: ['*'] }] } } }),
  };
  const child = spawn(process.execPath, [`${ROOT}apps/lab/dist/push/main.js`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  const agent = new Agent({ keepAlive: false });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => {
        const [, found] = /listening on (\d+)/.exec(text.toString()) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
      child.once('exit', () => reject(new Error('the server has ended')));
    });
    const { id } = await listen(port, agent, undefined, (text) => /^id: (.+)$/m.exec(text)?.[1]);
    for (let n = 1; n <= MISSED; n++) await publish(port, agent, n);
    const last = (text: string): string | undefined => (text.includes(`"n":${MISSED}}`) ? text : undefined);
    const before = cpuUs(child.pid as number);
    const all = await Promise.all(Array.from({ length: CLIENTS }, () => listen(port, agent, id, last)));
    return {
      serverUs: (cpuUs(child.pid as number) - before) / CLIENTS,
      latencies: all.map(({ ms }) => ms),
      recovered: all.filter(({ text }) => text.includes('"recovered":true') && text.split('event: number').length === MISSED + 1).length,
    };
  } finally {
    agent.destroy();
    stop();
    process.off('exit', stop);
  }
}

/** Reads until `found` has something in what came, and goes. */
function listen(
  port: number,
  agent: Agent,
  lastId: string | undefined,
  found: (text: string) => string | undefined,
): Promise<{ id: string; text: string; ms: number }> {
  const began = performance.now();
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
  return new Promise((resolve, reject) => {
    const asking = get({ host: '127.0.0.1', port, agent, headers, path: `/sse?topics=${TOPIC}` }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        const id = found(text);
        if (id === undefined) return;
        resolve({ id, text, ms: performance.now() - began });
        response.destroy();
      });
      response.on('end', () => reject(new Error(`the stream has ended after: ${text.slice(0, 200)}`)));
    });
    asking.on('error', reject);
  });
}

function publish(port: number, agent: Agent, n: number): Promise<void> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, agent, headers, method: 'POST', path: '/api/publish' }, (response) => {
      response.resume();
      if (response.statusCode === 200) response.on('end', resolve);
      else reject(new Error(`publishing was answered with ${response.statusCode}`));
    });
    asking.on('error', reject);
    asking.end(JSON.stringify({ topic: TOPIC, event: 'number', payload: { n } }));
  });
}

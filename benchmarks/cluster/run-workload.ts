// The fresh process in which one workload runs, raw and ours by turns on one nats-server: node run-workload.js NAME
import { fileURLToPath } from 'node:url';
import { connect } from '@nats-io/transport-node';
import { start, startNats } from '@rekindle/e2e';
import { CallError } from '@rekindle/kernel';
import { percentile } from '../harness/statistics.js';
import { Sink } from './application.js';
import { startNode } from './start-node.js';

const TEXT = 'x'.repeat(100);
const MESSAGES = 100_000;
const PER_TURN = 100;
const CALLS = 3000;
/** Looked at after each so many, of which at most twice as many are under way: what NATS drops would be waited for in vain. */
const WINDOW = 20_000;
const COUNTED = 1000;

const nats = await startNats();
const far = await start(process.execPath, [fileURLToPath(new URL('far-side.js', import.meta.url)), nats.url], { ready: /READY/ });
const topics = await startNode('near', nats.url);
const raw = await connect({ servers: nats.url });
const sink = Sink.at({ name: 'sink', node: 'far' }).within(60_000);
for (let connected = false; !connected; ) {
  try {
    connected = (await sink.call('echo', TEXT)) === TEXT;
  } catch (error) {
    if (!CallError.is(error)) throw error;
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Messages a second until the other side has all, and CPU of this process for each. */
async function rate(send: () => void, received: () => Promise<number>): Promise<{ value: number; cpuUs: number }> {
  const before = await received();
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (let sent = 0; sent < MESSAGES; sent += PER_TURN) {
    for (let i = 0; i < PER_TURN; i++) send();
    await turn();
    const due = before + sent + PER_TURN - WINDOW;
    if (due > before && (sent + PER_TURN) % WINDOW === 0) while ((await received()) < due) await turn();
  }
  while ((await received()) < before + MESSAGES) await turn();
  const { user, system } = process.cpuUsage(cpu);
  return { value: (MESSAGES / (performance.now() - began)) * 1000, cpuUs: (user + system) / MESSAGES };
}

async function latency(ask: () => Promise<unknown>): Promise<{ value: number; p99: number }> {
  const took = new Float64Array(CALLS);
  for (let i = 0; i < CALLS; i++) {
    const began = performance.now();
    await ask();
    took[i] = (performance.now() - began) * 1000;
  }
  return { value: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

/** However many listen, a broadcast is one message to the broker. */
async function countBrokerMessages(): Promise<void> {
  let seen = 0;
  const subscription = raw.subscribe('rt1.bench.t.>', { callback: () => void seen++ });
  await raw.flush();
  const before = await sink.call('count');
  for (let i = 0; i < COUNTED; i++) topics.broadcast('topic', { text: TEXT });
  while ((await sink.call('count')) < before + COUNTED) await turn();
  await raw.flush();
  subscription.unsubscribe();
  if (seen !== COUNTED) throw new Error(`${COUNTED} broadcasts took ${seen} messages of the broker`);
}

const rawCount = async () => Number((await raw.request('raw.count', '', { timeout: 60_000 })).string());

const workloads: Readonly<Record<string, { raw: () => Promise<object>; rekindle: () => Promise<object> }>> = {
  remoteSend: {
    raw: () => rate(() => raw.publish('raw.sink', TEXT), rawCount),
    rekindle: () =>
      rate(
        () => sink.send({ text: TEXT }),
        () => sink.call('count'),
      ),
  },
  broadcast: {
    raw: () => rate(() => raw.publish('raw.sink', TEXT), rawCount),
    rekindle: async () => {
      await countBrokerMessages();
      return rate(
        () => topics.broadcast('topic', { text: TEXT }),
        () => sink.call('count'),
      );
    },
  },
  remoteCall: {
    raw: () => latency(() => raw.request('raw.echo', TEXT, { timeout: 60_000 })),
    rekindle: () => latency(() => sink.call('echo', TEXT)),
  },
};

const load = workloads[process.argv[2] ?? ''];
if (load === undefined) throw new Error(`no workload '${process.argv[2]}'`);
// Once to warm up.
for (const variant of ['raw', 'rekindle', 'raw', 'rekindle'].entries()) {
  const [i, name] = variant as [number, 'raw' | 'rekindle'];
  const result = await load[name]();
  if (i >= 2) console.log(JSON.stringify({ variant: name, ...result }));
}
await far.kill();
await nats.close();
process.exit();

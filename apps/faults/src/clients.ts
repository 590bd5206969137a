// The load: node clients.js PORT COUNT FAULT. Prints `ready`, then what the clients have seen, as JSON.
import { type Channel, Socket } from 'phoenix';
import { WebSocket } from 'ws';
import { faults } from './faults.js';

/** What is seen from outside. Times in ms. */
export interface Seen {
  readonly clients: number;
  readonly kept: number;
  /** With which code, and when. */
  readonly lost: readonly { readonly code: number; readonly atMs: number }[];
  /** The actor answers again, another one than before; null: the same one all along. */
  readonly servesAgainMs: number | null;
  readonly serves: boolean;
  readonly phxErrorMs: number | null;
  readonly rejoinedMs: number | null;
  readonly sameThread: Stall;
  readonly otherThreads: Stall;
}

/** The longest that each client has waited for an answer: the median and the worst of them; `p99Ms`: of all answers. */
export interface Stall {
  readonly medianMs: number;
  readonly worstMs: number;
  readonly p99Ms: number;
}

const ECHO_MS = 250;
const GIVE_UP_MS = 60_000;
const SOME_ECHOES_MS = 1_500;
const QUIET_MS = 4_000;

const [port, count, name] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const fault = faults.find((one) => one.name === name);
if (fault === undefined) throw new Error(`no fault '${name}'`);

class Client {
  readonly channel: Channel;
  readonly joined: Promise<void>;
  thread = 0;
  readonly closes: { code: number; at: number }[] = [];
  errorAt: number | null = null;
  rejoinedAt: number | null = null;
  waitedMs: number[] = [];
  #sentAt: number | null = null;

  constructor(n: number) {
    const socket = new Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket as never });
    socket.onClose(({ code }: { code: number }) => {
      this.closes.push({ code, at: performance.now() });
    });
    socket.connect();
    this.channel = socket.channel(`echo:${n}`);
    this.channel.onError(() => {
      this.errorAt ??= performance.now();
      this.#sentAt = null;
    });
    this.joined = new Promise((resolve) => {
      this.channel.join().receive('ok', ({ thread }: { thread: number }) => {
        if (this.thread === 0) this.thread = thread;
        else this.rejoinedAt ??= performance.now();
        resolve();
      });
    });
  }

  push(event: string, payload: object): Promise<unknown> {
    return new Promise((resolve) => {
      this.channel
        .push(event, payload)
        .receive('ok', resolve)
        .receive('error', () => resolve(null))
        .receive('timeout', () => resolve(null));
    });
  }

  echo(): void {
    if (this.#sentAt !== null || this.channel.state !== 'joined') return;
    const sentAt = performance.now();
    this.#sentAt = sentAt;
    this.channel.push('echo', {}).receive('ok', () => {
      this.#sentAt = null;
      this.waitedMs.push(performance.now() - sentAt);
    });
  }
}

function stall(of: readonly Client[]): Stall {
  const worst = of.map(({ waitedMs }) => Math.max(0, ...waitedMs));
  const all = of.flatMap(({ waitedMs }) => waitedMs);
  return { medianMs: quantile(worst, 0.5), worstMs: quantile(worst, 1), p99Ms: quantile(all, 0.99) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const all = Array.from({ length: count }, (_, n) => new Client(n));
await Promise.all(all.map(({ joined }) => joined));
for (const client of all) setTimeout(() => setInterval(() => client.echo(), ECHO_MS), Math.random() * ECHO_MS);
/** Who answers as the actor; null if nobody does. */
async function who(from: Client): Promise<{ id: number; thread: number } | null> {
  const found = (await Promise.race([from.push('who', {}), sleep(700)])) as { id: number; thread: number } | null | undefined;
  return found === null || found === undefined || found.id === 0 ? null : found;
}
const victim = await who(all[0] as Client);
if (victim === null) throw new Error('the actor does not answer');
// The one that asks after the actor waits for it, so it is not asked how long it has waited.
const witness = all.find(({ thread }) => thread !== victim.thread) ?? (all[0] as Client);
const others = all.filter((client) => client.thread !== victim.thread && client !== witness);
const same = all.filter(({ thread }) => thread === victim.thread);
await sleep(Math.random() * 500);
for (const client of all) client.waitedMs = [];
console.log('ready');
const at = performance.now();
if (fault.act !== undefined) void witness.push('misbehave', { name });
let serves = false;
let servesAgainMs: number | null = null;
const until = at + (fault.expected === 'unharmed' ? QUIET_MS : GIVE_UP_MS);
// A process that is to end may serve a while longer.
const over = (): boolean => servesAgainMs !== null && fault.expected !== 'process ends';
while (performance.now() < until && !over() && all.some(({ channel }) => channel.state === 'joined')) {
  const found = witness.channel.state === 'joined' ? await who(witness) : null;
  serves = found !== null;
  if (found !== null && found.id !== victim.id) servesAgainMs ??= Math.round(performance.now() - at);
  await sleep(20);
}
// So that everybody has asked a few times.
await sleep(at + SOME_ECHOES_MS - performance.now());
// Stock clients wait a second before they join again.
const rejoining = performance.now() + 3_000;
while (performance.now() < rejoining && all.some(({ channel }) => channel.state !== 'joined')) await sleep(20);
const since = (times: readonly (number | null)[]): number | null => {
  const real = times.filter((time) => time !== null);
  return real.length === 0 ? null : Math.round(Math.max(...real) - at);
};
const seen: Seen = {
  clients: count,
  kept: all.filter(({ closes }) => closes.length === 0).length,
  lost: all.flatMap(({ closes }) => closes.map(({ code, at: closedAt }) => ({ code, atMs: Math.round(closedAt - at) }))),
  servesAgainMs,
  serves,
  phxErrorMs: since(all.map(({ errorAt }) => errorAt)),
  rejoinedMs: since(all.map(({ rejoinedAt }) => rejoinedAt)),
  sameThread: stall(same),
  otherThreads: stall(others),
};
console.log(JSON.stringify(seen));
process.exit();

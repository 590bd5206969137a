import { isDeepStrictEqual } from 'node:util';
import { startConformance } from '../clients/conformance-server.js';
import { Dice } from '../fuzz/dice.js';
import { SoakClient } from './soak-client.js';

const TICK_MS = 50;
const SAMPLE_MS = 1000;
/** Clients of one topic. */
const ROOM = 10;
/** Each client sends a heartbeat that often. */
const BEAT_MS = 30_000;
/** Clients that connect at once. */
const BATCH = 100;

export interface SoakOptions {
  readonly adapter: 'uws' | 'node';
  readonly clients: number;
  readonly seconds: number;
  /** Crashes, leaves and lost connections per second. */
  readonly rate: number;
  readonly seed: number;
}

interface Stats {
  readonly heapUsed: number;
  readonly rss: number;
  readonly processes: { readonly [behaviour: string]: number };
}

export interface SoakResult {
  readonly events: { readonly crashes: number; readonly leaves: number; readonly cuts: number };
  /** Clients that have not heard exactly one of the broadcasts at the end, one to each topic. */
  readonly lost: number;
  /** Of the heap of the server after collections, over the second half. */
  readonly slopeMiBPer10Min: number;
  /** Of its processes, at the end and before the first client came. */
  readonly left: boolean;
  readonly problems: readonly string[];
}

/** MiB per ten minutes, by least squares. */
function slope(samples: readonly { readonly ms: number; readonly bytes: number }[]): number {
  const mean = (of: (sample: { ms: number; bytes: number }) => number) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
  const [ms, bytes] = [mean((one) => one.ms), mean((one) => one.bytes)];
  const above = mean((one) => (one.ms - ms) * (one.bytes - bytes));
  return ((above / mean((one) => (one.ms - ms) ** 2)) * 600_000) / 1_048_576;
}

/** Keeps clients joined to a server on one thread while their channels crash, leave and lose their connections at random. */
export async function runSoak({ adapter, clients: count, seconds, rate, seed }: SoakOptions): Promise<SoakResult> {
  const { child, port } = await startConformance({ adapter, schedulers: 0 }, { nodeArgs: ['--expose-gc'], quiet: () => {} });
  const stats = async (): Promise<Stats> => (await (await fetch(`http://127.0.0.1:${port}/_stats`)).json()) as Stats;
  const problems: string[] = [];
  const dice = new Dice(seed);
  const events = { crashes: 0, leaves: 0, cuts: 0 };
  const rooms = Math.ceil(count / ROOM);
  const clients = Array.from(
    { length: count },
    (_, i) => new SoakClient(port, `room:soak-${i % rooms}`, (error) => problems.push(error.message)),
  );
  try {
    const idle = await stats();
    for (let at = 0; at < count; at += BATCH) await Promise.all(clients.slice(at, at + BATCH).map((client) => client.connect()));

    /** Clients that something is happening to. */
    const busy = new Map<SoakClient, Promise<void>>();
    const upset = (client: SoakClient): Promise<void> => {
      const kind = dice.next();
      events[kind < 0.6 ? 'crashes' : kind < 0.8 ? 'leaves' : 'cuts']++;
      return kind < 0.6 ? client.crash() : kind < 0.8 ? client.leave() : client.cut();
    };
    const samples: { ms: number; bytes: number }[] = [];
    const began = performance.now();
    let due = 0;
    let beaten = 0;
    let sampled = began;
    while (performance.now() - began < seconds * 1000 && problems.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      for (const until = ((performance.now() - began) / BEAT_MS) * count; beaten < until; beaten++) clients[beaten % count]?.beat();
      for (due += (rate * TICK_MS) / 1000; due >= 1; due--) {
        const client = clients[dice.below(count)] as SoakClient;
        if (busy.has(client)) continue;
        const over = upset(client).catch((error: Error) => void problems.push(error.message));
        busy.set(
          client,
          over.finally(() => busy.delete(client)),
        );
      }
      if (performance.now() - sampled < SAMPLE_MS) continue;
      sampled = performance.now();
      const { heapUsed } = await stats();
      samples.push({ ms: sampled - began, bytes: heapUsed });
    }
    await Promise.all(busy.values());

    for (const client of clients) client.heard = 0;
    for (let room = 0; room < rooms; room++)
      await fetch(`http://127.0.0.1:${port}/_broadcast/room:soak-${room}/new_msg`, { method: 'POST' });
    // What a client gets after its next join it would have got before.
    for (let at = 0; at < count; at += BATCH) await Promise.all(clients.slice(at, at + BATCH).map((client) => client.join()));
    const lost = clients.filter(({ heard }) => heard !== 1).length;

    for (const client of clients) client.close();
    let left = true;
    for (let attempt = 0; left && attempt < 200; attempt++) {
      left = !isDeepStrictEqual((await stats()).processes, idle.processes);
      if (left) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    const { code, signal } = await child.kill(20_000);
    if (code !== 0) problems.push(`the server ended with ${signal ?? code}`);
    return { events, lost, slopeMiBPer10Min: slope(samples.slice(samples.length / 2)), left, problems };
  } finally {
    for (const client of clients) client.close();
    await child.kill();
  }
}

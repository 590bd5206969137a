import { isDeepStrictEqual } from 'node:util';
import { startConformance } from '../clients/conformance-server.js';
import { Dice } from '../fuzz/dice.js';
import { SoakClient } from './soak-client.js';

const TICK_MS = 50;
/** How often memory is measured, in a pause; in a short run not more often than so. */
const SAMPLES = 30;
const SAMPLE_S = 3;
/** The first part of a run: code is compiled, tables reach their sizes, and each client has been upset a few times. */
const WARM_UP = 0.4;
const MIB = 1_048_576;
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
  /** Of what the server's heap holds after a collection while nothing happens, over what follows the warm-up. */
  readonly slopeMiBPer10Min: number;
  /** What it held, from the first sample to the last. */
  readonly heapMiB: readonly number[];
  /** The same of the resident memory, which the allocators do not give back evenly. */
  readonly rssMiB: readonly number[];
  /** Of its processes, at the end and before the first client came. */
  readonly left: boolean;
  readonly problems: readonly string[];
}

interface Sample {
  readonly ms: number;
  readonly heap: number;
  readonly rss: number;
}

/** MiB per ten minutes: the median of the slopes of all pairs (Theil and Sen), which a table that has just grown does not bend. */
function slope(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((a, i) => samples.slice(i + 1).map((b) => (b.heap - a.heap) / (b.ms - a.ms)));
  slopes.sort((a, b) => a - b);
  return ((slopes[slopes.length >> 1] ?? Number.NaN) * 600_000) / MIB;
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
    const samples: Sample[] = [];
    const everyMs = Math.max(SAMPLE_S, seconds / (SAMPLES + 1)) * 1000;
    const began = performance.now();
    const sample = async (): Promise<void> => {
      await Promise.all(busy.values());
      await stats(); // collects; what its finalizers let go is gone with the next
      const { heapUsed, rss } = await stats();
      samples.push({ ms: performance.now() - began, heap: heapUsed, rss });
    };
    let due = 0;
    let beaten = 0;
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
      if (performance.now() - began > (samples.length + 1) * everyMs) await sample();
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
    const warm = samples.slice(samples.length * WARM_UP);
    const inMiB = (of: (sample: Sample) => number) => samples.map((one) => Math.round((of(one) / MIB) * 100) / 100);
    const [heapMiB, rssMiB] = [inMiB(({ heap }) => heap), inMiB(({ rss }) => rss)];
    return { events, lost, slopeMiBPer10Min: slope(warm), heapMiB, rssMiB, left, problems };
  } finally {
    for (const client of clients) client.close();
    await child.kill();
  }
}

import { createRequire } from 'node:module';
import { recoverable } from '@rekindle/client';
import { Socket as Phoenix18 } from 'phoenix';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../raw-client.js';
import { CutProxy } from './cut-proxy.js';
import { startPush } from './endpoint.js';

// Official clients whose lines are cut at random while numbers are published. CUT_SEED repeats a choice of cuts.

const BATCHES = 100;
const BATCH = 100;
const LAST = BATCHES * BATCH;
/** How far a client may fall behind: less than what the topic keeps. */
const BEHIND = 1000;
const seed = Number(process.env.CUT_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** The oldest reads its globals when it is loaded. */
const scope = globalThis as { window?: unknown };
scope.window ??= globalThis;
const load = createRequire(import.meta.url);
const builds = {
  '1.4': (load('phoenix-1.4') as { Socket: typeof Phoenix18 }).Socket,
  '1.6': (load('phoenix-1.6') as { Socket: typeof Phoenix18 }).Socket,
  '1.7': (load('phoenix-1.7') as { Socket: typeof Phoenix18 }).Socket,
  '1.8': Phoenix18,
};

/** Numbers from 0 to 1, the same for the same seed. */
function chance(from: number): () => number {
  let state = from | 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A client of one build on a line of its own, and what it has seen. */
class Watcher {
  readonly kept: number[] = [];
  readonly plain: number[] = [];
  readonly lost: string[] = [];
  readonly proxy: CutProxy;
  readonly #socket: Phoenix18;
  #done: () => void = () => {};
  #awaited = 0;
  #arrived: () => void = () => {};
  readonly done = new Promise<void>((resolve) => {
    this.#done = resolve;
  });

  private constructor(proxy: CutProxy, Socket: typeof Phoenix18) {
    this.proxy = proxy;
    const at = () => 10;
    const options = { transport: WebSocket, reconnectAfterMs: at, rejoinAfterMs: at, heartbeatIntervalMs: 60_000 };
    this.#socket = new Socket(`ws://127.0.0.1:${proxy.port}/socket`, options as never);
  }

  static async open(port: number, Socket: typeof Phoenix18): Promise<Watcher> {
    const watcher = new Watcher(await CutProxy.to(port), Socket);
    await watcher.#join();
    return watcher;
  }

  #join(): Promise<void> {
    this.#socket.connect();
    const match = recoverable(
      (cursor) => this.#socket.channel('match:cut', cursor),
      (reason) => this.lost.push(reason),
    );
    match.on('number', ({ n }: { n: number }) => {
      this.kept.push(n);
      if (this.kept.length === this.#awaited) this.#arrived();
      if (n === LAST) this.#done();
    });
    const plain = this.#socket.channel('plain:cut');
    plain.on('number', ({ n }: { n: number }) => void this.plain.push(n));
    plain.join();
    return new Promise((resolve) => match.join().receive('ok', () => resolve()));
  }

  /** Resolves when so many numbers of the recoverable topic have come; one call at a time. */
  hasKept(count: number): Promise<void> {
    if (this.kept.length >= count) return Promise.resolve();
    this.#awaited = count;
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  close(): void {
    this.#socket.disconnect();
    this.proxy.close();
  }
}

describe.each([
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'node', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
] as const)(`cuts, CUT_SEED=${seed}, $adapter, schedulers: $schedulers`, (options) => {
  it('of 10,000 numbers on a recoverable topic every client sees each once and in order', async () => {
    const random = chance(seed);
    const server = await startPush(options);
    const watchers = await Promise.all(Object.values(builds).map((Socket) => Watcher.open(server.port, Socket)));
    const control = await RawClient.connect(server.port);
    let joined = await control.join('control');
    try {
      for (let batch = 0; batch < BATCHES; batch++) {
        const publish = { topics: ['match:cut', 'plain:cut'], first: batch * BATCH + 1, count: BATCH };
        const published = control.push('control', 'publish', publish, joined);
        for (const { proxy } of watchers) if (random() < 0.15) proxy.cut();
        expect(await published).toMatchObject({ status: 'ok' });
        // Who is cut off for longer than the topic remembers is told so, which is another test's business.
        await Promise.all(watchers.map((watcher) => watcher.hasKept((batch + 1) * BATCH - BEHIND)));
        if (batch === BATCHES / 2 && options.schedulers > 0) {
          // The thread that serves everybody dies: the sockets stay, the channels are joined again.
          control.send(JSON.stringify([joined, 'die', 'control', 'die', {}]));
          await control.next(([, , topic, event]) => topic === 'control' && event === 'phx_error');
          joined = await control.join('control');
        }
      }
      await Promise.all(watchers.map(({ done }) => done));
      const all = Array.from({ length: LAST }, (_, i) => i + 1);
      const shown = watchers.map(({ kept, plain, lost, proxy }, i) => {
        expect(kept).toEqual(all);
        expect(lost).toEqual([]);
        expect(new Set(plain).size).toBe(plain.length);
        return `${Object.keys(builds)[i]}: ${proxy.cuts} cuts, ${LAST - plain.length} lost on the plain topic`;
      });
      const cuts = watchers.reduce((sum, { proxy }) => sum + proxy.cuts, 0);
      expect(cuts).toBeGreaterThan(10);
      expect((await server.counters()).recovered).toBeGreaterThanOrEqual(cuts / 4);
      console.log(`${options.adapter}, schedulers: ${options.schedulers}: ${shown.join('; ')}`);
    } finally {
      for (const watcher of watchers) watcher.close();
      control.close();
      await server.stop();
    }
  }, 60_000);
});

import { createRequire } from 'node:module';
import { recoverable } from '@rekindle/client';
import { Socket as Phoenix18 } from 'phoenix';
import { WebSocket } from 'ws';
import { CutProxy } from './cut-proxy.js';

/** The oldest reads its globals when it is loaded. */
const scope = globalThis as { window?: unknown };
scope.window ??= globalThis;
const load = createRequire(import.meta.url);
/** Official clients. */
export const builds = {
  '1.4': (load('phoenix-1.4') as { Socket: typeof Phoenix18 }).Socket,
  '1.6': (load('phoenix-1.6') as { Socket: typeof Phoenix18 }).Socket,
  '1.7': (load('phoenix-1.7') as { Socket: typeof Phoenix18 }).Socket,
  '1.8': Phoenix18,
};

/** Numbers from 0 to 1, the same for the same seed. */
export function chance(from: number): () => number {
  let state = from | 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A client of one build on a line of its own, and what it has seen. */
export class Watcher {
  readonly kept: number[] = [];
  readonly plain: number[] = [];
  readonly lost: string[] = [];
  readonly proxy: CutProxy;
  readonly #socket: Phoenix18;
  #done: () => void = () => {};
  #awaited = 0;
  #arrived: () => void = () => {};
  readonly #last: number;
  readonly done = new Promise<void>((resolve) => {
    this.#done = resolve;
  });

  private constructor(proxy: CutProxy, Socket: typeof Phoenix18, last: number) {
    this.proxy = proxy;
    this.#last = last;
    const at = () => 10;
    const options = { transport: WebSocket, reconnectAfterMs: at, rejoinAfterMs: at, heartbeatIntervalMs: 60_000 };
    this.#socket = new Socket(`ws://127.0.0.1:${proxy.port}/socket`, options as never);
  }

  /** `port` is asked at each connection; `last` is the number after which it is done. */
  static async open(port: () => number, Socket: typeof Phoenix18, last: number): Promise<Watcher> {
    const watcher = new Watcher(await CutProxy.to(port), Socket, last);
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
      if (n === this.#last) this.#done();
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

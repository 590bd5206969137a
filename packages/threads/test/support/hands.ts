import type { Ref, Thread } from '@rekindle/kernel';
import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { type ThreadDownReason, Threads, type ThreadsOptions } from '@rekindle/threads/internal';
import { afterAll, beforeAll } from 'vitest';
import { Hand, type Modules, type Self } from '../fixtures/hand.mjs';
import { Changes } from './changes.js';

/** A node with real scheduler threads, on which the test's functions run. */
export class HandsNode {
  readonly kernel: Kernel;
  readonly threads: Threads;
  readonly downs: { readonly thread: number; readonly reason: ThreadDownReason; readonly detail: unknown }[] = [];
  readonly fatal: Error[] = [];
  readonly #changes = new Changes();

  constructor(options: Partial<ThreadsOptions> = {}) {
    this.kernel = new Kernel({ node: 'hands', incarnation: Date.now(), thread: 0 });
    installKernel(this.kernel);
    this.threads = new Threads(
      this.kernel,
      {
        schedulers: 2,
        entry: new URL('../fixtures/hand.mjs', import.meta.url).href,
        data: null,
        maxRestarts: 100_000,
        stuckAfterMs: 60_000,
        ...options,
      },
      {
        up: () => this.#note(() => {}),
        down: (thread, reason, detail) => this.#note(() => this.downs.push({ thread, reason, detail })),
        fatal: (error) => this.#note(() => this.fatal.push(error)),
      },
    );
  }

  #note(what: () => void): void {
    what();
    // What the event tells is true only after it.
    setImmediate(() => this.#changes.happened());
  }

  /** Resolves when that is so; looked at when threads come and go. */
  until(holds: () => boolean): Promise<void> {
    return this.#changes.until(holds);
  }

  hand(thread: Thread, options: { trapExit?: boolean } = {}): Promise<Ref<Hand>> {
    return Hand.start(options, { thread });
  }

  async stop(): Promise<void> {
    await this.threads.stop(5_000);
    installKernel(null);
  }
}

export function useHands(options: Partial<ThreadsOptions> = {}): { readonly node: HandsNode } {
  let node!: HandsNode;
  beforeAll(async () => {
    node = new HandsNode(options);
    await node.threads.start();
  });
  afterAll(() => node.stop());
  return {
    get node() {
      return node;
    },
  };
}

/** Runs a function on the hand's thread; it sees its arguments and the modules only. */
export function on<A extends readonly unknown[], R>(
  hand: Ref<Hand>,
  act: (self: Self, modules: Modules, ...args: A) => R,
  ...args: A
): Promise<Awaited<R>> {
  return hand.within(60_000).call('run', act.toString(), args) as Promise<Awaited<R>>;
}

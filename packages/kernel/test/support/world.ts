import { setImmediate as macrotask } from 'node:timers/promises';
import { type Context, type Down, type ExitReason, type MonitorRef, type Pid, spawn } from '@rekindle/kernel';
import { Codec, installKernel, Kernel, type KernelOptions } from '@rekindle/kernel/internal';
import { afterEach, beforeEach } from 'vitest';
import { VirtualHost } from './virtual-host.js';

/** A kernel of its own for each test, on a clock that moves only in `pass`. */
export class World {
  host!: VirtualHost;
  kernel!: Kernel;
  /** A process that sees how others end. */
  #witness!: Context<Down>;
  readonly #waiting = new Map<MonitorRef, (reason: ExitReason) => void>();

  async open(options: KernelOptions = {}): Promise<void> {
    this.host = new VirtualHost();
    this.kernel = new Kernel({ host: this.host, ...options });
    installKernel(this.kernel);
    this.#waiting.clear();
    const waiting = this.#waiting;
    const opened = new Promise<Context<Down>>((resolve) => {
      spawn<Down>(function* (context) {
        resolve(context);
        for (;;) {
          const { ref, reason } = yield* context.receive();
          waiting.get(ref)?.(reason);
          waiting.delete(ref);
        }
      });
    });
    this.#witness = await opened;
  }

  close(): void {
    installKernel(null);
  }

  /** From now on messages within the thread are copied, as `strictMessages` asks for. */
  strict(): void {
    this.kernel.codec = new Codec(this.kernel);
  }

  /** Processes that the test has made and that are alive. */
  get alive(): number {
    return this.kernel.alive - 1;
  }

  /** Resolves to the reason that the process ends for; `noproc` if it is gone already. */
  ended(pid: Pid): Promise<ExitReason> {
    return new Promise((resolve) => {
      this.#waiting.set(this.#witness.monitor(pid), resolve);
    });
  }

  /** Resolves when nothing can run. */
  async quiet(): Promise<void> {
    do await macrotask();
    while (!this.kernel.turns.idle);
  }

  /** Lets virtual time pass, timer by timer, each followed by all it leads to. */
  async pass(ms: number): Promise<void> {
    const end = this.host.now() + ms;
    await this.quiet();
    for (let next = this.host.nextTimer; next !== undefined && next <= end; next = this.host.nextTimer) {
      this.host.advanceTo(next);
      await this.quiet();
    }
    this.host.advanceTo(end);
    await this.quiet();
  }
}

/** The world of the running test. */
export function useWorld(): World {
  const world = new World();
  beforeEach(() => world.open());
  afterEach(() => world.close());
  return world;
}

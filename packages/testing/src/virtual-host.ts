import type { Host } from '@rekindle/kernel/internal';

interface PendingTimer {
  readonly at: number;
  readonly fn: () => void;
}

/**
 * A host whose clock stands still until it is told to move; turns run on the real event loop. Hosts of several threads can
 * share one clock: an array over shared memory whose first number is the time.
 */
export class VirtualHost implements Host {
  readonly #clock: Float64Array;
  readonly #timers = new Set<PendingTimer>();

  constructor(clock: Float64Array = new Float64Array(1)) {
    this.#clock = clock;
  }

  get #time(): number {
    return this.#clock[0] as number;
  }

  now(): number {
    return this.#time;
  }

  wallTime(): number {
    return this.#time;
  }

  microtask(fn: () => void): void {
    void resolved.then(fn);
  }

  macrotask(fn: () => void): void {
    setImmediate(fn);
  }

  setTimer(fn: () => void, delayMs: number): unknown {
    const timer = { at: this.#time + delayMs, fn };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(handle: unknown): void {
    this.#timers.delete(handle as PendingTimer);
  }

  random(): number {
    return Math.random();
  }

  /** When the next timer is due, or undefined. */
  get nextTimer(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.#timers) if (next === undefined || at < next) next = at;
    return next;
  }

  /** Moves the clock to `time` and fires what is due by then. Work this makes runnable runs afterwards. */
  advanceTo(time: number): void {
    this.#clock[0] = Math.max(this.#time, time);
    for (const timer of this.#timers) {
      if (timer.at > this.#time) continue;
      this.#timers.delete(timer);
      timer.fn();
    }
  }
}

const resolved = Promise.resolve();

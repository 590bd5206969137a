/** What the watchdog knows of one thread. */
interface Watched {
  /** The thread's own count, raised by its event loop. */
  seen: number;
  /** Milliseconds of the watcher's own ticks for which the count has stood still. */
  waited: number;
}

/** When a thread counts as stuck, unless its owner says otherwise. */
export const STUCK_AFTER_MS = 2_000;
/** A tick of the watcher counts for at most this much, however late it comes. */
export const MAX_TICK_MS = 100;

/**
 * Decides which threads are stuck. Time is counted in the watcher's own ticks: time in which the watcher itself did not run
 * (the process was stopped, the machine slept) counts for nobody. Pure; ticks and counts are given to it.
 */
export class Watchdog {
  readonly #stuckAfterMs: number;
  readonly #threads = new Map<number, Watched>();
  #lastTick: number | null = null;

  constructor(stuckAfterMs: number) {
    this.#stuckAfterMs = stuckAfterMs;
  }

  watch(thread: number, count: number): void {
    this.#threads.set(thread, { seen: count, waited: 0 });
  }

  forget(thread: number): void {
    this.#threads.delete(thread);
  }

  /** The threads that are stuck now. `count` reads a thread's current count. */
  tick(now: number, count: (thread: number) => number): number[] {
    const passed = this.#lastTick === null ? 0 : Math.min(MAX_TICK_MS, now - this.#lastTick);
    this.#lastTick = now;
    const stuck: number[] = [];
    for (const [thread, watched] of this.#threads) {
      const current = count(thread);
      if (current !== watched.seen) {
        watched.seen = current;
        watched.waited = 0;
      } else {
        watched.waited += passed;
        if (watched.waited >= this.#stuckAfterMs) stuck.push(thread);
      }
    }
    return stuck;
  }
}

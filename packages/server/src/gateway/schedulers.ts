import type { SchedulerPort } from './scheduler-port.js';

/** The scheduler threads that are up, and how many connections each serves. */
export class Schedulers {
  readonly #ports = new Map<number, SchedulerPort>();
  readonly #loads = new Map<number, number>();

  get size(): number {
    return this.#ports.size;
  }

  get(thread: number): SchedulerPort | undefined {
    return this.#ports.get(thread);
  }

  add(port: SchedulerPort): void {
    this.#ports.set(port.thread, port);
    if (!this.#loads.has(port.thread)) this.#loads.set(port.thread, 0);
  }

  remove(thread: number): void {
    this.#ports.delete(thread);
  }

  /** A connection is served there from now on, or no longer. */
  load(thread: number, connections: 1 | -1): void {
    const load = (this.#loads.get(thread) ?? 0) + connections;
    if (load === 0 && !this.#ports.has(thread)) this.#loads.delete(thread);
    else this.#loads.set(thread, load);
  }

  all(): Iterable<SchedulerPort> {
    return this.#ports.values();
  }

  /** The one with the fewest connections. */
  leastLoaded(): SchedulerPort | undefined {
    let best: SchedulerPort | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const port of this.#ports.values()) {
      const load = this.#loads.get(port.thread) ?? 0;
      if (load >= least) continue;
      least = load;
      best = port;
    }
    return best;
  }
}

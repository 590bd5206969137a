import type { Host } from '@rekindle/kernel/internal';
import type { LeaseTiming } from './lease-timing.js';
import type { OtherLeases } from './other-leases.js';

/** Looks at the leases of nodes that are not heard of, again and again, so that it is known by then for how long each has not been renewed. */
export class SilentNodes {
  readonly #host: Host;
  readonly #leases: OtherLeases;
  readonly #timing: LeaseTiming;
  /** Until when the lease of each is looked at. */
  readonly #until = new Map<string, number>();
  #timer: unknown = null;
  #stopped = false;

  constructor(host: Host, leases: OtherLeases, timing: LeaseTiming) {
    this.#host = host;
    this.#leases = leases;
    this.#timing = timing;
  }

  add(node: string): void {
    if (this.#stopped) return;
    this.#until.set(node, this.#end);
    if (this.#timer === null) this.#look();
  }

  /** It is heard of again. */
  delete(node: string): void {
    this.#until.delete(node);
  }

  stop(): void {
    this.#stopped = true;
    this.#host.clearTimer(this.#timer);
  }

  get #end(): number {
    return this.#host.now() + 2 * this.#timing.leaseMs;
  }

  #look(): void {
    for (const [node, until] of this.#until) {
      if (this.#host.now() >= until) this.#until.delete(node);
      else {
        void this.#leases.look(node).then((seen) => {
          // Nothing is known of it as long as nothing can be seen.
          if (seen === undefined && this.#until.has(node)) this.#until.set(node, this.#end);
        });
      }
    }
    this.#timer = this.#until.size === 0 || this.#stopped ? null : this.#host.setTimer(() => this.#look(), this.#timing.watchMs);
  }
}

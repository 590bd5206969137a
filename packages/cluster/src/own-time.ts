import type { Host } from '@rekindle/kernel/internal';

/** A tick counts for at most so much, however late it comes. */
const MAX_TICK_MS = 200;

/**
 * Milliseconds in which this process has run. Time in which it did not (stopped, the machine asleep, a blocked event loop)
 * counts for nobody: what others have said meanwhile waits unread.
 */
export class OwnTime {
  readonly #host: Host;
  #counted = 0;
  #at: number;

  constructor(host: Host) {
    this.#host = host;
    this.#at = host.now();
  }

  get now(): number {
    return this.#counted + Math.min(MAX_TICK_MS, this.#host.now() - this.#at);
  }

  /** To be called several times per `MAX_TICK_MS`. */
  tick(): void {
    this.#counted = this.now;
    this.#at = this.#host.now();
  }
}

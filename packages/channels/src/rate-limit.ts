/** How often something may happen. */
export interface Rate {
  /** On average. */
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** What `take` answers when there was too much. */
export const REFUSED = -1;

/**
 * A token bucket whose state is one number, so that each connection needs no object of its own: the time at which the bucket
 * will be full again. Times are whole milliseconds of any clock that does not go back; a fresh bucket's state is 0.
 */
export class RateLimit {
  /** Milliseconds that one token takes to come back. */
  readonly #everyMs: number;
  /** How far ahead of the clock a bucket may be and still have a token. */
  readonly #aheadMs: number;

  constructor({ perSecond, burst }: Rate) {
    this.#everyMs = 1000 / perSecond;
    this.#aheadMs = (burst - 1) * this.#everyMs;
  }

  /** The bucket's state with one token less, or `REFUSED` if it has none; then the state stays as it was. */
  take(state: number, nowMs: number): number {
    const fullAt = Math.max(state, nowMs);
    return fullAt - nowMs > this.#aheadMs ? REFUSED : fullAt + this.#everyMs;
  }

  /** Milliseconds until a bucket in that state has a token again. */
  wait(state: number, nowMs: number): number {
    return Math.max(0, Math.ceil(state - nowMs - this.#aheadMs));
  }
}

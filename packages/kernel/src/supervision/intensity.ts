/** At most `maxRestarts` in any `periodMs`. OTP: intensity and period. */
export class RestartIntensity {
  readonly #maxRestarts: number;
  readonly #periodMs: number;
  /** When the last restarts were, oldest first from `#head` on. */
  #times: number[] = [];
  #head = 0;
  readonly #lost = new WeakSet<object>();

  constructor(maxRestarts: number, periodMs: number) {
    this.#maxRestarts = maxRestarts;
    this.#periodMs = periodMs;
  }

  /**
   * Counts a restart at `now`; false when it is one too many. The loss of a thread or node (`lost`) is one failure, however
   * many children it takes along.
   */
  allow(now: number, lost?: object): boolean {
    if (lost !== undefined) {
      if (this.#lost.has(lost)) return true;
      this.#lost.add(lost);
    }
    const times = this.#times;
    times.push(now);
    while (now - (times[this.#head] as number) > this.#periodMs) this.#head++;
    if (this.#head > 1024 && this.#head * 2 > times.length) {
      this.#times = times.slice(this.#head);
      this.#head = 0;
    }
    return this.#times.length - this.#head <= this.#maxRestarts;
  }
}

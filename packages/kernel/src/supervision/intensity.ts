/** At most `maxRestarts` in any `periodMs`. OTP: intensity and period. */
export class RestartIntensity {
  readonly #maxRestarts: number;
  readonly #periodMs: number;
  /** When the last restarts were, oldest first from `#head` on. */
  #times: number[] = [];
  #head = 0;

  constructor(maxRestarts: number, periodMs: number) {
    this.#maxRestarts = maxRestarts;
    this.#periodMs = periodMs;
  }

  /** Counts a restart at `now`; false when it is one too many. */
  allow(now: number): boolean {
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

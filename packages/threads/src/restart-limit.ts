/** Thread deaths within a period: past the limit the process gives up, as a supervisor without a parent would. */
export class RestartLimit {
  readonly #max: number;
  readonly #periodMs: number;
  #times: number[] = [];

  constructor(max: number, periodMs: number) {
    this.#max = max;
    this.#periodMs = periodMs;
  }

  allow(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time <= this.#periodMs);
    this.#times.push(now);
    return this.#times.length <= this.#max;
  }
}

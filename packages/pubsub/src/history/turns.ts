/** So many at a time; others wait for their turn, in the order in which they came. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** `work` does not reject. */
  async take(work: () => Promise<void>): Promise<void> {
    while (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    await work();
    this.#running--;
    this.#waiting.shift()?.();
  }
}

/** As many are remembered, at least; what is older than the window may be forgotten earlier when there are more. */
const MAX_IDS = 500_000;

/** Which messages were published already. Remembers each for at least the window, and at most twice as long. */
export class SeenIds {
  /** How long each is remembered at least. */
  readonly windowMs: number;
  readonly #now: () => number;
  #recent = new Set<string>();
  #older = new Set<string>();
  #since: number;

  /** `now` in milliseconds. */
  constructor(windowMs: number, now: () => number) {
    this.windowMs = windowMs;
    this.#now = now;
    this.#since = now();
  }

  /** Whether it is the first of that topic and id. */
  isNew(topic: string, id: string): boolean {
    const now = this.#now();
    if (now - this.#since >= this.windowMs || this.#recent.size >= MAX_IDS) {
      this.#older = now - this.#since >= 2 * this.windowMs ? new Set() : this.#recent;
      this.#recent = new Set();
      this.#since = now;
    }
    const key = `${id.length} ${id}${topic}`;
    if (this.#recent.has(key) || this.#older.has(key)) return false;
    this.#recent.add(key);
    return true;
  }
}

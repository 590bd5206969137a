/** Does things about one key one after the other, and those about different keys side by side. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  /** `act` must not reject. */
  run<T>(key: string, act: () => Promise<T> | T): Promise<T> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(act);
    this.#last.set(key, done);
    void done.then(() => {
      if (this.#last.get(key) === done) this.#last.delete(key);
    });
    return done;
  }

  /** Resolves when all that has been begun is done. */
  async done(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}

/** `act` on all, so many at a time. */
export async function inChunks<T>(all: readonly T[], size: number, act: (one: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += size) await Promise.all(all.slice(at, at + size).map(act));
}

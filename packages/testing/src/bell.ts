// Kept from when this module was loaded: tests may put false timers in their place.
const { setTimeout, clearTimeout } = globalThis;

/** Rings when something has happened that somebody may wait for. */
export class Bell {
  readonly #listeners = new Set<() => void>();

  ring(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Looks now and at each ring, until there is something to see or the time, in real milliseconds, is up. */
  until<T>(look: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const seen = look();
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve) => {
      const end = (value: T | undefined): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(value);
      };
      const listener = (): void => {
        const value = look();
        if (value !== undefined) end(value);
      };
      const timer = setTimeout(() => end(look()), timeoutMs);
      this.#listeners.add(listener);
    });
  }
}

/** Real milliseconds, whatever the clock of the test says. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

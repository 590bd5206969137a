import type { Host } from '@rekindle/kernel/internal';

/** Does something again and again, never twice at a time. */
export class Cycle {
  readonly #host: Host;
  readonly #act: () => Promise<boolean>;
  readonly #everyMs: number;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #next: unknown = null;

  /** `act` must not reject; after it has answered false it is tried again eight times as soon. */
  constructor(host: Host, act: () => Promise<boolean>, everyMs: number) {
    this.#host = host;
    this.#act = act;
    this.#everyMs = everyMs;
  }

  /** Begins now, and once more if it is under way. Resolves when that is done. */
  now(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#again = this.#running !== null;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#host.clearTimer(this.#next);
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#host.clearTimer(this.#next);
    let ok: boolean;
    do {
      this.#again = false;
      ok = await this.#act();
    } while (this.#again && !this.#stopped);
    if (!this.#stopped) this.#next = this.#host.setTimer(() => void this.now(), ok ? this.#everyMs : this.#everyMs / 8);
  }
}

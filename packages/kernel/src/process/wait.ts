import { DEAD, QUEUED, SUSPENDED, WAKE } from './flags.js';
import { keep } from './kept.js';
import type { Proc } from './proc.js';
import { GONE } from './proc.js';

/**
 * What a generator callback of the kernel's own servers waits for: it yields the wait, and whoever holds it wakes the
 * process with a value. A wait that is not the one the process waits for (any more) wakes nobody.
 */
export class Wait {
  readonly proc: Proc;
  #value: unknown = undefined;
  #done = false;

  constructor(proc: Proc) {
    this.proc = proc;
  }

  wake(value: unknown): void {
    if (this.#done) return;
    this.#done = true;
    this.#value = value;
    const { proc } = this;
    if ((proc.flags & (DEAD | SUSPENDED)) !== SUSPENDED || proc.extra?.waitsFor !== this) return;
    const extra = proc.more();
    extra.waitsFor = null;
    extra.resumeWith = value;
    proc.flags |= WAKE;
    if ((proc.flags & QUEUED) === 0) {
      proc.flags |= QUEUED;
      proc.kernel.turns.add(proc);
    }
  }

  /** It was woken before anybody waited: `wait.done ? wait.result : yield wait`. */
  get done(): boolean {
    return this.#done;
  }
  get result(): unknown {
    return this.#value;
  }

  /** `const value = yield* wait.value()`. */
  *value(): Generator<Wait, unknown, unknown> {
    return this.#done ? this.#value : yield this;
  }
}

/** Waits for a promise in a generator callback; throws what it is rejected with. */
export function* awaitPromise(proc: Proc, promise: PromiseLike<unknown>): Generator<Wait, unknown, unknown> {
  const wait = new Wait(proc);
  promise.then(
    (value) => wait.wake({ value }),
    (error: unknown) => wait.wake({ error }),
  );
  const settled = (yield* wait.value()) as { value?: unknown; error?: unknown };
  if ('error' in settled) throw settled.error;
  return settled.value;
}

keep(new Wait(GONE));

import { setCurrent } from '../process/current.js';
import { BUSY, DEAD, SUSPENDED, TERMINATING, WATCHED } from '../process/flags.js';
import type { Proc } from '../process/proc.js';
import { endStretch } from '../scheduler/turns.js';
import { TERMINATE } from './callbacks.js';
import { SystemBehaviour } from './system-behaviour.js';

/** A server whose callbacks may wait: with a promise, or, those of the kernel's own servers, as generators. It gets no message meanwhile. */
export abstract class SuspendingBehaviour extends SystemBehaviour {
  /** The callback that runs from here on, should it throw. */
  protected abstract enter(at: number): void;
  /** Acts on what a callback returned, or what its promise was fulfilled with. `message`: what it was given, if that is known. */
  protected abstract result(proc: Proc, at: number, result: unknown, message?: unknown): void;
  protected abstract failed(proc: Proc, at: number, thrown: unknown): void;

  protected suspend(proc: Proc, at: number, promise: PromiseLike<unknown>, message: unknown): void {
    proc.flags |= SUSPENDED;
    promise.then(
      (value) => this.#resume(proc, at, value, false, message),
      (error: unknown) => this.#resume(proc, at, error, true, message),
    );
  }

  #resume(proc: Proc, at: number, value: unknown, failed: boolean, message: unknown): void {
    // A callback that was overtaken by an error elsewhere is over.
    if ((proc.flags & (DEAD | SUSPENDED)) !== SUSPENDED || ((proc.flags & TERMINATING) !== 0 && at !== TERMINATE)) return;
    proc.flags &= ~SUSPENDED;
    const previous = setCurrent(proc);
    this.enter(at);
    try {
      if (failed) {
        proc.more().failedOn = message;
        this.failed(proc, at, value);
      } else this.result(proc, at, value, message);
      if ((proc.flags & WATCHED) !== 0) this.showState(proc);
    } catch (thrown) {
      this.fail(proc, thrown);
    }
    setCurrent(previous);
    endStretch(proc);
  }

  /** Runs a generator callback up to its next wait; `wakeWaiter` continues it. */
  protected drive(proc: Proc): void {
    const extra = proc.more();
    const generator = extra.generator as Iterator<unknown, unknown, unknown>;
    const at = extra.phase;
    const value = extra.resumeWith;
    this.enter(at);
    extra.resumeWith = undefined;
    extra.generator = null;
    proc.flags &= ~SUSPENDED;
    const step = generator.next(value);
    if ((proc.flags & DEAD) !== 0) return;
    if (step.done === true) {
      this.result(proc, at, step.value);
      return;
    }
    const waiting = proc.more();
    waiting.generator = generator;
    waiting.phase = at;
    waiting.waitsFor = step.value;
    proc.flags |= SUSPENDED | BUSY;
  }
}

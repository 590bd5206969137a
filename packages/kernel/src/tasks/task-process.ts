import type { Context } from '../behaviours/context.js';
import { PlainBehaviour } from '../behaviours/plain.js';
import type { Kernel } from '../kernel.js';
import { setCaller } from '../process/callers.js';
import type { Proc } from '../process/proc.js';
import { settleFor } from '../process/resume.js';

/** The code of a task. `context.signal` is aborted when the task ends early: give it to `fetch` and friends. */
export type TaskBody<T> = (context: Context<unknown>) => T | Promise<T>;

const task = new PlainBehaviour('Task');

/**
 * Makes the process of a task, to run soon, that works for `caller`. `done` gets its result; it has to check that this is still
 * wanted.
 */
export function spawnTask<T>(kernel: Kernel, caller: Proc | null, run: TaskBody<T>, done: (value: T) => void): Proc {
  const body = (context: Context<unknown>): Promise<void> | undefined => {
    const result = run(context);
    if (isPromise(result)) return Promise.resolve(result).then(done);
    done(result);
    return undefined;
  };
  const proc = kernel.create(task, body, null);
  setCaller(proc, caller);
  return proc;
}

/** Keeps a task that exists from running until it is opened. */
export class Gate {
  readonly #opened: Promise<void>;
  #open: () => void = () => {};

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  guard<T>(run: TaskBody<T>): TaskBody<T> {
    return (context) => this.#opened.then(() => run(context));
  }

  open(proc: Proc): void {
    settleFor(proc, this.#open, undefined);
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

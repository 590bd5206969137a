import { ExitThrow } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Proc } from '../process/proc.js';

/** How a kind of process reacts. One object per class (or one for all plain processes), never one per process. */
export abstract class Behaviour {
  /** For reports: the class's name. */
  abstract readonly name: string;
  /** The WAKE flag was set: the process's start, or something it waited for. */
  abstract wake(proc: Proc): void;
  abstract handle(proc: Proc, message: unknown): void;
  /** `wake` or `handle` threw. Must not throw itself. */
  abstract fail(proc: Proc, thrown: unknown): void;
}

/** The exit reason that something thrown stands for, or undefined if that is for the behaviour to say (a thrown value). */
export function thrownReason(thrown: unknown): ExitReason | undefined {
  if (thrown instanceof ExitThrow) return thrown.reason;
  return thrown instanceof Error ? thrown : undefined;
}

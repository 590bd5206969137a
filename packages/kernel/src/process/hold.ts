import { DEAD, HELD, PARKED } from './flags.js';
import type { Proc } from './proc.js';

/**
 * Keeps a process from its next message, as the BEAM suspends a sender on a busy port: it has sent more than the way there
 * takes. What it is doing it does to the end, exit signals reach it, messages wait.
 */
export class Hold {
  readonly #proc: Proc;
  /** A receive that was begun meanwhile. */
  #then: (() => void) | null = null;

  constructor(proc: Proc) {
    this.#proc = proc;
  }

  later(then: () => void): void {
    this.#then = then;
  }

  release(): void {
    const proc = this.#proc;
    if ((proc.flags & DEAD) !== 0) return;
    const parked = (proc.flags & PARKED) !== 0;
    proc.flags &= ~(HELD | PARKED);
    proc.more().hold = null;
    if (parked) proc.kernel.turns.add(proc);
    this.#then?.();
  }
}

/** Null if the process is held already, or has ended. */
export function hold(proc: Proc): Hold | null {
  if ((proc.flags & (HELD | DEAD)) !== 0) return null;
  proc.flags |= HELD;
  return (proc.more().hold = new Hold(proc));
}

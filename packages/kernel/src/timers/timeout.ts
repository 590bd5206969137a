import { attach } from '../process/owned.js';
import type { Proc } from '../process/proc.js';
import { Timer } from './timer.js';

/** Calls back after that time, unless its owner has ended by then or it was dropped. */
export class Timeout extends Timer {
  readonly #act: () => void;

  constructor(owner: Proc, delayMs: number, act: () => void) {
    super();
    this.#act = act;
    if (delayMs === Number.POSITIVE_INFINITY) return;
    attach(owner, this);
    owner.kernel.timers.start(this, delayMs);
  }

  override fire(): void {
    this.drop();
    this.#act();
  }
}

import type { Proc, RunQueue } from '@rekindle/kernel/internal';
import type { Random } from './random.js';

/** Hands out any of the processes that have something to do. */
export class RandomRunQueue implements RunQueue {
  readonly #random: Random;
  readonly #chosen: (proc: Proc) => void;
  readonly #waiting: Proc[] = [];

  constructor(random: Random, chosen: (proc: Proc) => void) {
    this.#random = random;
    this.#chosen = chosen;
  }

  get size(): number {
    return this.#waiting.length;
  }

  push(proc: Proc): void {
    this.#waiting.push(proc);
  }

  pushNew(proc: Proc): void {
    this.push(proc);
  }

  shift(): Proc {
    const at = this.#random.below(this.#waiting.length);
    const last = this.#waiting.pop() as Proc;
    if (at === this.#waiting.length) return this.#hand(last);
    const proc = this.#waiting[at] as Proc;
    this.#waiting[at] = last;
    return this.#hand(proc);
  }

  endTurn(): void {}

  #hand(proc: Proc): Proc {
    this.#chosen(proc);
    return proc;
  }
}

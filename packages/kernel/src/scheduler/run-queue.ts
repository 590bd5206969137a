import type { Proc } from '../process/proc.js';

/** The processes that have something to do, first come first served. A test's queue may hand them out in another order. */
export interface RunQueue {
  readonly size: number;
  push(proc: Proc): void;
  /** Only when `size > 0`. */
  shift(): Proc;
}

export class FairRunQueue implements RunQueue {
  #items: (Proc | null)[] = new Array<Proc | null>(1024).fill(null);
  #head = 0;
  #tail = 0;

  get size(): number {
    return this.#tail - this.#head;
  }

  push(proc: Proc): void {
    if (this.#tail - this.#head === this.#items.length) this.#grow();
    this.#items[this.#tail++ & (this.#items.length - 1)] = proc;
  }

  shift(): Proc {
    const index = this.#head++ & (this.#items.length - 1);
    const proc = this.#items[index] as Proc;
    this.#items[index] = null;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    return proc;
  }

  #grow(): void {
    const old = this.#items;
    const items = new Array<Proc | null>(old.length * 2).fill(null);
    for (let i = 0; i < old.length; i++) items[i] = old[(this.#head + i) & (old.length - 1)] as Proc;
    this.#items = items;
    this.#head = 0;
    this.#tail = old.length;
  }
}

import type { Proc } from '../process/proc.js';

/** The processes that have something to do, first come first served. A test's queue may hand them out in another order. */
export interface RunQueue {
  readonly size: number;
  push(proc: Proc): void;
  /** One that has only been made. */
  pushNew(proc: Proc): void;
  /** Only when `size > 0`. */
  shift(): Proc;
  /** Others get their turn now: I/O, timers, what comes from elsewhere. */
  endTurn(): void;
}

/** When so many wait, ... */
const CROWD = 512;
/** ... so many of those that have just been made may start for each one of them. */
const IN_A_ROW = 8;

/**
 * First come, first served; but among a crowd the children that a process has just made start next, before those that were
 * made earlier. Work that spreads out over processes which make processes is then done depth first, and need not be in
 * memory all at once.
 */
export class FairRunQueue implements RunQueue {
  #items: (Proc | null)[] = new Array<Proc | null>(1024).fill(null);
  #head = 0;
  #tail = 0;
  /** Made lately, and not started: the latest family last, its eldest on top. */
  readonly #fresh: Proc[] = [];
  /** What is above was made by the process that has just run, and lies the other way round. */
  #sorted = 0;
  /** Of the fresh ones have started since one that waits had its turn. */
  #started = 0;

  get size(): number {
    return this.#tail - this.#head + this.#fresh.length;
  }

  push(proc: Proc): void {
    if (this.#tail - this.#head === this.#items.length) this.#grow();
    this.#items[this.#tail++ & (this.#items.length - 1)] = proc;
  }

  pushNew(proc: Proc): void {
    if (this.size < CROWD) this.push(proc);
    else this.#fresh.push(proc);
  }

  shift(): Proc {
    if (this.#fresh.length > 0 && (this.#started < IN_A_ROW || this.#tail === this.#head)) return this.#shiftFresh();
    this.#started = 0;
    const index = this.#head++ & (this.#items.length - 1);
    const proc = this.#items[index] as Proc;
    this.#items[index] = null;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    return proc;
  }

  #shiftFresh(): Proc {
    this.#started++;
    this.#sort();
    const proc = this.#fresh.pop() as Proc;
    this.#sorted--;
    return proc;
  }

  #sort(): void {
    const fresh = this.#fresh;
    for (let i = this.#sorted, j = fresh.length - 1; i < j; i++, j--) {
      const proc = fresh[i] as Proc;
      fresh[i] = fresh[j] as Proc;
      fresh[j] = proc;
    }
    this.#sorted = fresh.length;
  }

  /** However many are made, the one that has waited longest for its start comes on. */
  endTurn(): void {
    if (this.#fresh.length === 0) return;
    this.#sort();
    this.push(this.#fresh.shift() as Proc);
    this.#sorted--;
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

import { keep } from './kept.js';
/** The second and later messages of a mailbox: a growing circular array. */
export class Ring {
  #items: unknown[] = [undefined, undefined, undefined, undefined];
  #head = 0;
  #size = 0;
  /** At this size `push` looks: the array is full, or the alarm is due. */
  #limit = 4;
  #alarmAt: number;

  /** `alarmAt`: the size that `push` tells of, once. */
  constructor(alarmAt: number = Number.POSITIVE_INFINITY) {
    this.#alarmAt = alarmAt;
    if (alarmAt < 4) this.#limit = alarmAt;
  }

  get size(): number {
    return this.#size;
  }

  /** True when the ring has just reached the size of the alarm. */
  push(message: unknown): boolean {
    if (this.#size === this.#limit) return this.#pushAtLimit(message);
    const items = this.#items;
    items[(this.#head + this.#size++) & (items.length - 1)] = message;
    return false;
  }

  #pushAtLimit(message: unknown): boolean {
    if (this.#size === this.#items.length) this.#grow();
    const { length } = this.#items;
    this.#items[(this.#head + this.#size++) & (length - 1)] = message;
    const alarm = this.#size > this.#alarmAt;
    if (alarm) this.#alarmAt = Number.POSITIVE_INFINITY;
    this.#limit = Math.min(length, this.#alarmAt);
    return alarm;
  }

  /** Only when `size > 0`. */
  shift(): unknown {
    const items = this.#items;
    const head = this.#head;
    const message = items[head];
    items[head] = undefined;
    this.#head = (head + 1) & (items.length - 1);
    this.#size--;
    return message;
  }

  at(index: number): unknown {
    return this.#items[(this.#head + index) & (this.#items.length - 1)];
  }

  /** Takes out the message at `index`, keeping the order of the others. */
  remove(index: number): void {
    if (index === 0) {
      this.shift();
      return;
    }
    const items = this.#items;
    const mask = items.length - 1;
    for (let i = index; i < this.#size - 1; i++) {
      items[(this.#head + i) & mask] = items[(this.#head + i + 1) & mask];
    }
    this.#size--;
    items[(this.#head + this.#size) & mask] = undefined;
  }

  /** A ring that once held a burst is dropped by its owner when it is empty, so that bursts do not stay in memory. */
  get worthDropping(): boolean {
    return this.#size === 0 && this.#items.length > 64;
  }

  #grow(): void {
    const old = this.#items;
    const mask = old.length - 1;
    const items = new Array<unknown>(old.length * 2);
    for (let i = 0; i < old.length; i++) items[i] = old[(this.#head + i) & mask];
    this.#items = items;
    this.#head = 0;
  }
}

keep(new Ring());

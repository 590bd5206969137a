import { detach, Owned } from '../process/owned.js';

/** A node of the timer wheel. */
export abstract class Timer extends Owned {
  due: number;
  prevTimer: Timer | null;
  nextTimer: Timer | null;

  constructor() {
    super();
    this.due = 0;
    this.prevTimer = this.nextTimer = null;
  }

  abstract fire(): void;

  get pending(): boolean {
    return this.prevTimer !== null;
  }

  /** Takes it out of the wheel; true if it was still to fire. */
  cancel(): boolean {
    const { prevTimer: prev, nextTimer: next } = this;
    if (prev === null) return false;
    prev.nextTimer = next;
    (next as Timer).prevTimer = prev;
    this.prevTimer = this.nextTimer = null;
    return true;
  }

  override release(): void {
    this.cancel();
  }

  /** Cancelled and no longer its owner's. */
  drop(): boolean {
    detach(this);
    return this.cancel();
  }
}

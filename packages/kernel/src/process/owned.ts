import type { Proc } from './proc.js';

/**
 * Something that ends with its process: a timer, a monitor it set, a call it waits for, a subscription. The things of one
 * process form an intrusive list, so attaching and detaching cost two pointers and a process without any costs one null.
 */
export abstract class Owned {
  owner: Proc | null;
  prevOwned: Owned | null;
  nextOwned: Owned | null;

  // Written out, here and in what is made for every call: the engine inlines no constructor that is only implied.
  constructor() {
    this.owner = this.prevOwned = this.nextOwned = null;
  }

  /** The owner ended. Already detached when called; must not run user code. */
  abstract release(): void;
}

export function attach(owner: Proc, thing: Owned): void {
  thing.owner = owner;
  const head = owner.owned;
  thing.nextOwned = head;
  if (head !== null) head.prevOwned = thing;
  owner.owned = thing;
}

export function detach(thing: Owned): void {
  const owner = thing.owner;
  if (owner === null) return;
  const { prevOwned: prev, nextOwned: next } = thing;
  if (prev === null) owner.owned = next;
  else prev.nextOwned = next;
  if (next !== null) next.prevOwned = prev;
  thing.owner = thing.prevOwned = thing.nextOwned = null;
}

export function releaseOwned(owner: Proc): void {
  for (let thing = owner.owned; thing !== null; thing = owner.owned) {
    detach(thing);
    thing.release();
  }
}

import { current, setCurrent } from './current.js';
import { DEAD } from './flags.js';
import type { Proc } from './proc.js';
import { applySignals } from './signals.js';

/**
 * Settles a promise that the kernel gave to `owner`, or to nobody. A dead owner's promise never settles. Around the
 * continuation the owner is the current process: microtasks run in order, so what `settle` queues (the reaction of an
 * `await`) runs between `enter` and `leave`.
 */
export function settleFor(owner: Proc | null, settle: (value: never) => void, value: unknown): void {
  if (owner === null) {
    settle(value as never);
    return;
  }
  if ((owner.flags & DEAD) !== 0) return;
  entering.push(owner);
  void resolved.then(enter);
  settle(value as never);
  void resolved.then(leave);
}

const resolved = Promise.resolve();
let entering: Proc[] = [];
let next = 0;

function enter(): void {
  setCurrent(entering[next++] as Proc);
  if (next === entering.length) {
    entering = [];
    next = 0;
  }
}

function leave(): void {
  const proc = current;
  setCurrent(null);
  if (proc !== null) applySignals(proc);
}

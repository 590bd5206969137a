import { addBusyTime, measuring } from './busy-time.js';
import { current, setCurrent } from './current.js';
import { DEAD } from './flags.js';
import type { Proc } from './proc.js';
import { applySignals } from './signals.js';
import { origins } from './strays.js';

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
  if (entered === entering.length) entering.push(owner);
  else entering[entered] = owner;
  entered++;
  void resolved.then(enter);
  if (origins === null) settle(value as never);
  else origins.run(owner, settle, value as never);
  void resolved.then(leave);
}

/** A promise for `owner`, made out of what becomes of another one of the kernel's: settles as all of them do. */
export function relay<T, R>(
  owner: Proc | null,
  promise: Promise<T>,
  onValue: (value: T) => R,
  onError: (error: unknown) => R = rethrow,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const settleWith =
      <X>(make: (outcome: X) => R) =>
      (outcome: X): void => {
        let result: R;
        try {
          result = make(outcome);
        } catch (error) {
          settleFor(owner, reject, error);
          return;
        }
        settleFor(owner, resolve as (value: R) => void, result);
      };
    promise.then(settleWith(onValue), settleWith(onError));
  });
}

function rethrow(error: unknown): never {
  throw error;
}

const resolved = Promise.resolve();
const KEPT = 1024;
/** From `next` on to `entered` those whose continuations are queued. What it holds behind is old: kept, as growing costs. */
let entering: (Proc | null)[] = [];
let next = 0;
let entered = 0;
/** When the running continuation began, while that is measured. */
let began = 0;

function enter(): void {
  const proc = entering[next] as Proc;
  entering[next++] = null;
  setCurrent(proc);
  if (measuring) began = proc.kernel.host.now();
  if (next === entered) {
    next = entered = 0;
    if (entering.length > KEPT) entering = [];
  }
}

function leave(): void {
  const proc = current;
  setCurrent(null);
  if (proc === null) return;
  if (measuring) addBusyTime(proc, began);
  applySignals(proc);
}

import { EMPTY, type Proc } from './proc.js';
import { Ring } from './ring.js';

export function put(proc: Proc, message: unknown): void {
  if (proc.first === EMPTY) proc.first = message;
  else if (proc.rest === null) (proc.rest = new Ring()).push(message);
  else proc.rest.push(message);
}

/** The next message, or EMPTY. */
export function take(proc: Proc): unknown {
  const message = proc.first;
  const rest = proc.rest;
  if (rest === null || rest.size === 0) proc.first = EMPTY;
  else {
    proc.first = rest.shift();
    if (rest.worthDropping) proc.rest = null;
  }
  return message;
}

/** Takes out the first message that fits, leaving the order of the others. What a selective receive has put aside comes first. */
export function takeMatching(proc: Proc, fits: (message: unknown) => boolean): unknown {
  const saved = proc.extra?.saved;
  if (saved !== null && saved !== undefined) {
    const message = takeFrom(saved, fits);
    if (message !== EMPTY) return message;
  }
  if (proc.first === EMPTY) return EMPTY;
  if (fits(proc.first)) return take(proc);
  return proc.rest === null ? EMPTY : takeFrom(proc.rest, fits);
}

export function takeFrom(ring: Ring, fits: (message: unknown) => boolean): unknown {
  for (let i = 0; i < ring.size; i++) {
    const message = ring.at(i);
    if (fits(message)) {
      ring.remove(i);
      return message;
    }
  }
  return EMPTY;
}

export function forEachMessage(proc: Proc, visit: (message: unknown) => void): void {
  const saved = proc.extra?.saved;
  if (saved !== null && saved !== undefined) for (let i = 0; i < saved.size; i++) visit(saved.at(i));
  if (proc.first === EMPTY) return;
  visit(proc.first);
  const rest = proc.rest;
  if (rest !== null) for (let i = 0; i < rest.size; i++) visit(rest.at(i));
}

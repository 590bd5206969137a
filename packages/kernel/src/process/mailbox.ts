import { reportMailboxAlarm } from '../reports.js';
import { EMPTY, type Proc } from './proc.js';
import { Ring } from './ring.js';

// Folded into the code, as an imported constant is not.
const NOTHING = EMPTY;

function reportLongMailbox(proc: Proc): void {
  reportFullMailbox(proc, proc.kernel.mailboxAlarm);
}

export function reportFullMailbox(proc: Proc, threshold: number): void {
  const { pid, behaviour } = proc;
  reportMailboxAlarm({
    pid,
    behaviour: behaviour.name,
    name: proc.extra?.name ?? undefined,
    mailboxLength: proc.mailboxLength,
    threshold,
  });
}

export function put(proc: Proc, message: unknown): void {
  if (proc.first === NOTHING) proc.first = message;
  else if ((proc.rest ??= new Ring(proc.kernel.mailboxAlarm - 1)).push(message)) reportLongMailbox(proc);
}

/** The next message, or EMPTY. */
export function take(proc: Proc): unknown {
  const message = proc.first;
  const rest = proc.rest;
  if (rest === null || rest.size === 0) proc.first = NOTHING;
  else {
    proc.first = rest.shift();
    if (rest.worthDropping) proc.rest = null;
  }
  return message;
}

/** Puts what was put aside in front of the mailbox, in its order. */
export function putBack(proc: Proc, from: 'saved' | 'stashed'): void {
  const extra = proc.extra;
  const aside = extra?.[from];
  if (extra === null || aside === null || aside === undefined) return;
  extra[from] = null;
  for (let message = take(proc); message !== EMPTY; message = take(proc)) aside.push(message);
  if (aside.size === 0) return;
  proc.first = aside.shift();
  proc.rest = aside.size === 0 ? null : aside;
}

/** Puts a message aside, behind those that are there already. */
export function putAside(proc: Proc, to: 'saved' | 'stashed', message: unknown): void {
  if ((proc.more()[to] ??= new Ring(proc.kernel.mailboxAlarm)).push(message)) reportLongMailbox(proc);
}

/** Takes out the first message that fits, leaving the order of the others. What was put aside comes first. */
export function takeMatching(proc: Proc, fits: (message: unknown) => boolean): unknown {
  const { extra } = proc;
  if (extra !== null) {
    for (const aside of [extra.stashed, extra.saved]) {
      const message = aside === null ? EMPTY : takeFrom(aside, fits);
      if (message !== EMPTY) return message;
    }
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
  const { extra } = proc;
  if (extra !== null) {
    for (const aside of [extra.stashed, extra.saved]) {
      if (aside !== null) for (let i = 0; i < aside.size; i++) visit(aside.at(i));
    }
  }
  if (proc.first === EMPTY) return;
  visit(proc.first);
  const rest = proc.rest;
  if (rest !== null) for (let i = 0; i < rest.size; i++) visit(rest.at(i));
}

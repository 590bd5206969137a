import { ExitThrow } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { ProcessId } from '../identity/pid.js';
import { ExitMessage } from '../messages.js';
import { current } from './current.js';
import { die } from './death.js';
import { deliver } from './deliver.js';
import { DEAD, SIGNALLED, TRAP } from './flags.js';
import { removeLink } from './links.js';
import type { Proc } from './proc.js';

// Exit signals to processes of this thread. They take effect on arrival, ahead of the backlog; only the process that is
// running finishes its synchronous stretch first, as on the BEAM, where a signal waits until its receiver is scheduled.

/** `exit(pid, reason)` from another process. OTP: `exit/2`. */
export function exitSignal(target: Proc, from: ProcessId, reason: ExitReason): void {
  arrive(target, from, reason, false);
}

/** The exit signal of a linked process that ended. Nothing happens if the link is gone by now. */
export function linkSignal(target: Proc, from: ProcessId, reason: ExitReason): void {
  arrive(target, from, reason, true);
}

function arrive(target: Proc, from: ProcessId, reason: ExitReason, linked: boolean): void {
  if ((target.flags & DEAD) !== 0) return;
  if (target === current && !((target.flags & TRAP) !== 0 && (linked || reason !== 'kill'))) {
    const extra = target.more();
    (extra.signals ??= []).push({ from, reason, linked });
    target.flags |= SIGNALLED;
    return;
  }
  take(target, from, reason, linked);
}

function take(target: Proc, from: ProcessId, reason: ExitReason, linked: boolean): void {
  if (linked && !removeLink(target, from)) return;
  if (!linked && reason === 'kill') condemn(target, 'killed');
  else if ((target.flags & TRAP) !== 0) deliver(target, new ExitMessage(from, reason));
  else if (reason !== 'normal') condemn(target, reason);
}

/** The end of a synchronous stretch: what arrived meanwhile takes effect. */
export function applySignals(proc: Proc): void {
  if ((proc.flags & (SIGNALLED | DEAD)) !== SIGNALLED) return;
  proc.flags &= ~SIGNALLED;
  const extra = proc.more();
  const signals = extra.signals ?? [];
  extra.signals = null;
  for (const { from, reason, linked } of signals) {
    if ((proc.flags & DEAD) !== 0) return;
    take(proc, from, reason, linked);
  }
}

/** `exit(self, reason)`: takes effect before it returns, so unless it is trapped it does not return. */
export function exitSelf(proc: Proc, reason: ExitReason): void {
  if (reason !== 'kill' && (proc.flags & TRAP) !== 0) {
    deliver(proc, new ExitMessage(proc.pid, reason));
    return;
  }
  const final = reason === 'kill' ? 'killed' : reason;
  die(proc, final);
  throw new ExitThrow(final);
}

// A death sends signals that cause deaths: a queue instead of recursion, chains of links may be long.
const condemned: (Proc | ExitReason)[] = [];
let executing = false;

export function condemn(proc: Proc, reason: ExitReason): void {
  if (executing) {
    condemned.push(proc, reason);
    return;
  }
  executing = true;
  try {
    die(proc, reason);
    for (let i = 0; i < condemned.length; i += 2) die(condemned[i] as Proc, condemned[i + 1] as ExitReason);
  } finally {
    if (condemned.length > 0) condemned.length = 0;
    executing = false;
  }
}

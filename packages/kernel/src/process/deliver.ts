import { DOLLAR, Request } from '../calls/request.js';
import type { ProcessId } from '../identity/pid.js';
import { Cast, Envelope, RejectedMessage } from '../messages.js';
import { sendMessage } from '../remote/outbound.js';
import type { Bound } from './bound.js';
import { current } from './current.js';
import { BUSY, DEAD, ELSEWHERE, QUEUED, SLOW } from './flags.js';
import { put, reportFullMailbox, takeMatching } from './mailbox.js';
import type { Proc } from './proc.js';
import { condemn } from './signals.js';

// Folded into the code, as imported constants are not (see `flags.ts`).
const ENDED = DEAD;
const WAITING = QUEUED;
const BOUNDED = SLOW;
/** It will look into its mailbox anyway. */
const ACTIVE = QUEUED | BUSY;

/** Puts a message or envelope into the mailbox of a process of this thread and makes it runnable. False if it has ended. */
export function deliver(proc: Proc, message: unknown): boolean {
  const flags = proc.flags;
  if ((flags & ENDED) !== 0) return false;
  if ((flags & BOUNDED) !== 0 && !admit(proc, message)) return true;
  put(proc, message);
  if ((flags & ACTIVE) === 0) {
    proc.flags = flags | WAITING;
    proc.kernel.turns.add(proc);
  }
  return true;
}

/** `pid.send` where the short way does not do: the process is gone, elsewhere, bounded, or messages are to be copied. */
export function sendSlowly(pid: ProcessId, message: unknown): void {
  const proc = pid.proc;
  if ((proc.flags & ELSEWHERE) !== 0) {
    sendMessage(pid, message);
    return;
  }
  if ((proc.flags & DEAD) !== 0) {
    return;
  }
  const { codec } = proc.kernel;
  deliver(proc, codec === null ? message : codec.copy(message));
}

/** What processes send each other, as opposed to what the kernel tells them, `sys` and `stop` ask. */
function isOrdinary(message: unknown): boolean {
  if (message instanceof Request) return message.name.charCodeAt(0) !== DOLLAR;
  return !(message instanceof Envelope) || message instanceof Cast;
}

function countDropped(proc: Proc, bound: Bound): void {
  proc.kernel.droppedMessages++;
  if (++bound.dropped === 1 && bound.policy !== 'crash') reportFullMailbox(proc, bound.max);
}

/** Whether a bounded mailbox takes the message; applies its policy. Exit messages, DOWNs and timeouts always fit. */
function admit(proc: Proc, message: unknown): boolean {
  const bound = proc.extra?.bound;
  if (bound === null || bound === undefined || proc.mailboxLength < bound.max) return true;
  if (!isOrdinary(message)) return true;
  countDropped(proc, bound);
  switch (bound.policy) {
    case 'crash':
      condemn(proc, { mailbox_overflow: bound.max });
      if (message instanceof Request) message.fail('exit', { mailbox_overflow: bound.max });
      return false;
    case 'dropOldest': {
      const oldest = takeMatching(proc, isOrdinary);
      if (oldest instanceof Request) oldest.fail('exit', { mailbox_overflow: bound.max });
      return true;
    }
    default:
      if (message instanceof Request) message.fail('exit', { mailbox_overflow: bound.max });
      else if (bound.policy === 'reject' && current !== null) deliver(current, new RejectedMessage(proc.pid, message));
      return false;
  }
}

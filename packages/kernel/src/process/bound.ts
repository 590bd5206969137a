import { MisuseError } from '../errors.js';
import { SLOW } from './flags.js';
import type { Proc } from './proc.js';

const POLICIES = ['crash', 'dropNewest', 'dropOldest', 'reject'] as const;

/** What becomes of a message that is too many. A call that is dropped or refused fails at once, with `exit`. */
export type MailboxPolicy =
  /** The process ends with `{ mailbox_overflow: max }`. */
  | 'crash'
  /** The message is dropped without a word. */
  | 'dropNewest'
  /** The message that has waited longest is dropped. */
  | 'dropOldest'
  /** The message is dropped, and its sender gets a `Rejected` if it is a process of the same thread. */
  | 'reject';

/** The limit of a mailbox. OTP has none. */
export interface MailboxBound {
  /** Messages that may wait, from 1. `Down`, `Exit`, timeouts, `sys` requests and `stop` always fit. */
  readonly max: number;
  readonly policy: MailboxPolicy;
}

/** The limit of one process's mailbox, and what it has cost. */
export class Bound implements MailboxBound {
  readonly max: number;
  readonly policy: MailboxPolicy;
  dropped = 0;
  constructor({ max, policy }: MailboxBound) {
    this.max = max;
    this.policy = policy;
  }
}

export function checkBound(bound: MailboxBound): void {
  const { max, policy } = bound;
  if (!(Number.isInteger(max) && max > 0)) throw bad(`mailbox.max: expected an integer from 1, got ${String(max)}`);
  if (!POLICIES.includes(policy)) throw bad(`mailbox.policy: expected '${POLICIES.join("', '")}', got ${String(policy)}`);
}

export function bindMailbox(proc: Proc, bound: MailboxBound): void {
  proc.more().bound = new Bound(bound);
  proc.flags |= SLOW;
}

function bad(message: string): MisuseError {
  return new MisuseError('bad_option', message);
}

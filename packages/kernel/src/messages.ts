import type { ExitReason } from './exit-reason.js';
import type { Pid } from './identity/pid.js';
import { keep } from './process/kept.js';

/** Everything in a mailbox that is not simply a value somebody sent. */
export abstract class Envelope {}

/** The identity of a monitor, as it appears in its `Down`. Compare with `===`. */
export interface MonitorRef {
  readonly id: number;
}

/** A monitored process ended. OTP: `{'DOWN', Ref, process, Pid, Reason}`. */
export interface Down {
  readonly type: 'DOWN';
  readonly ref: MonitorRef;
  /** Who ended; for a monitor by name the name as it was given. */
  readonly pid: Pid;
  readonly reason: ExitReason;
}

/** A linked process ended, or sent an exit signal, and this one traps exits. OTP: `{'EXIT', Pid, Reason}`. */
export interface Exit {
  readonly type: 'EXIT';
  readonly pid: Pid;
  readonly reason: ExitReason;
}

/** No message came within `this.timeout(ms)`. OTP: `timeout`. */
export interface Idle {
  readonly type: 'timeout';
}

/**
 * A message or cast that this process sent did not fit into a mailbox with the policy `reject`. Sent to senders on the
 * mailbox's thread; in turn after what they have waiting, so it says what was, not what is.
 */
export interface Rejected {
  readonly type: 'rejected';
  /** Who had no room for it. */
  readonly pid: Pid;
  readonly message: Unsent;
}

export type Unsent =
  | { readonly type: 'cast'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly type: 'info'; readonly message: unknown };

export type SystemMessage = Down | Exit | Idle | Rejected;

export class ExitMessage extends Envelope implements Exit {
  readonly type = 'EXIT';
  readonly pid: Pid;
  readonly reason: ExitReason;
  constructor(pid: Pid, reason: ExitReason) {
    super();
    this.pid = pid;
    this.reason = reason;
  }
}

export class DownMessage extends Envelope implements Down {
  /** `'DOWN'`, or the tag that the monitor was set with. */
  readonly type: 'DOWN';
  readonly ref: MonitorRef;
  readonly pid: Pid;
  readonly reason: ExitReason;
  constructor(tag: string, ref: MonitorRef, pid: Pid, reason: ExitReason) {
    super();
    this.type = tag as 'DOWN';
    this.ref = ref;
    this.pid = pid;
    this.reason = reason;
  }
}

export class RejectedMessage extends Envelope implements Rejected {
  readonly type = 'rejected';
  readonly pid: Pid;
  readonly message: Unsent;
  constructor(pid: Pid, message: unknown) {
    super();
    this.pid = pid;
    this.message = message instanceof Cast ? { type: 'cast', name: message.name, args: message.args } : { type: 'info', message };
  }
}

/** A request that nobody answers. */
export class Cast extends Envelope {
  readonly name: string;
  readonly args: readonly unknown[];
  constructor(name: string, args: readonly unknown[]) {
    super();
    this.name = name;
    this.args = args;
  }
}

/** The receive timeout fired and found the process idle. */
export class IdleExpired extends Envelope {}

export const idleMessage: Idle = Object.freeze({ type: 'timeout' });

keep(new ExitMessage(null as never, 'normal'));
keep(new DownMessage('DOWN', { id: 0 }, null as never, 'normal'));
keep(new Cast('', []));
keep(new IdleExpired());

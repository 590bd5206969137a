import type { ExitReason } from './exit-reason.js';
import { keep } from './process/kept.js';

declare const outcome: unique symbol;

/** What a handler may return instead of a plain value. `T` is the type of the reply that the caller gets. */
export abstract class Outcome<T> {
  declare readonly [outcome]: T;
}

/** The caller of a request, kept for a later reply, or sent to the process that is to reply, wherever that runs. OTP: `From`. */
export interface From<T> {
  /** Answers the call. The first answer counts; later ones, and one to a caller that gave up, are dropped. */
  reply(value: T): void;
}

/** What a process does next: see `Process.continue`, `Process.timeout` and `Process.hibernate`. */
export class Next extends Outcome<never> {
  readonly kind = 'next';
  readonly step: unknown;
  readonly hasStep: boolean;
  readonly timeoutMs: number | undefined;
  constructor(hasStep: boolean, step: unknown, timeoutMs: number | undefined) {
    super();
    this.hasStep = hasStep;
    this.step = step;
    this.timeoutMs = timeoutMs;
  }
}

export class Reply<T> extends Outcome<T> {
  readonly kind = 'reply';
  readonly value: T;
  readonly next: Next | undefined;
  constructor(value: T, next: Next | undefined) {
    super();
    this.value = value;
    this.next = next;
  }
}

export class NoReply<T> extends Outcome<T> {
  readonly kind = 'noreply';
  readonly from: From<T>;
  readonly next: Next | undefined;
  constructor(from: From<T>, next: Next | undefined) {
    super();
    this.from = from;
    this.next = next;
  }
}

export class Stop<T> extends Outcome<T> {
  readonly kind = 'stop';
  readonly reason: ExitReason;
  readonly hasReply: boolean;
  readonly value: unknown;
  constructor(reason: ExitReason, hasReply: boolean, value: unknown) {
    super();
    this.reason = reason;
    this.hasReply = hasReply;
    this.value = value;
  }
}

/** Put the message aside: see `Process.stash`. */
export class Stash extends Outcome<never> {
  readonly kind = 'stash';
}

export class Ignore extends Outcome<never> {
  readonly kind = 'ignore';
}

/** Replies with `value`, then does `next`. A plain return value does the same without `next`. OTP: `{reply, Value, ...}`. */
export function reply<T>(value: T, next?: Next): Reply<T> {
  return new Reply(value, next);
}

/** Does not answer now: `from.reply` will, from this process or another. OTP: `{noreply, State}`. */
export function noreply<T>(from: From<T>, next?: Next): NoReply<T> {
  return new NoReply(from, next);
}

/** Ends the process with `reason` after its `terminate`; the second form then answers the call. OTP: `{stop, Reason, Reply, State}`. */
export function stop(reason: ExitReason): Stop<never>;
export function stop<T>(reason: ExitReason, reply: T): Stop<T>;
export function stop(reason: ExitReason, ...reply: [] | [unknown]): Stop<unknown> {
  return new Stop(reason, reply.length > 0, reply[0]);
}

/** From `init`: this process is not needed; its supervisor keeps the child as not running. OTP: `ignore`. */
export function ignore(): Ignore {
  return new Ignore();
}

keep(new Next(false, undefined, undefined));
keep(new Reply(undefined, undefined));
keep(new Stop('normal', false, undefined));

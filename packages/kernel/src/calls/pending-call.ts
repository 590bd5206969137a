import type { Codec } from '../codec.js';
import { CallError, type CallErrorCode } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Pid } from '../identity/pid.js';
import { detach } from '../process/owned.js';
import { settleFor } from '../process/resume.js';
import { Timer } from '../timers/timer.js';
import type { Client, Request } from './request.js';

/** A promised reply: the caller's side of a call. Owned by the caller, if that is a process: it dies with it, unsettled. */
export class PendingCall extends Timer implements Client {
  readonly pid: Pid | undefined;
  readonly name: string;
  request: Request | null;
  /** For a call to another thread or node: told when it is over, and whether by an answer from there. */
  onDone: ((answered: boolean) => void) | null;
  #resolve: ((value: unknown) => void) | null;
  #reject: ((error: unknown) => void) | null;

  constructor(pid: Pid | undefined, name: string, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    super();
    this.pid = pid;
    this.name = name;
    this.request = null;
    this.onDone = null;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  reply(value: unknown): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    const owner = this.owner;
    this.#done(true);
    settleFor(owner, resolve, value);
  }

  fail(code: CallErrorCode, reason: ExitReason): void {
    if (this.#reject !== null) this.failWith(this.failure(code, reason));
  }

  failWith(error: CallError): void {
    const reject = this.#reject;
    if (reject === null) return;
    const owner = this.owner;
    this.#done(error.code !== 'timeout');
    settleFor(owner, reject, error);
  }

  protected failure(code: CallErrorCode, reason: ExitReason): CallError {
    return new CallError(code, reason, this.name);
  }

  /** The reply did not come in time; a later one is dropped. */
  override fire(): void {
    this.fail('timeout', 'timeout');
  }

  override release(): void {
    this.#done(false);
  }

  #done(answered: boolean): void {
    this.#resolve = this.#reject = null;
    detach(this);
    this.cancel();
    const request = this.request;
    if (request !== null) {
      this.request = null;
      request.forget();
    }
    if (this.onDone !== null) {
      this.onDone(answered);
      this.onDone = null;
    }
  }
}

/** With `strictMessages` the reply is copied too, and a failure shows where the call was made: too dear for every call otherwise. */
export class StrictPendingCall extends PendingCall {
  readonly #codec: Codec;
  readonly #site: { readonly stack?: string } = {};
  constructor(pid: Pid | undefined, name: string, resolve: (value: unknown) => void, reject: (error: unknown) => void, codec: Codec) {
    super(pid, name, resolve, reject);
    this.#codec = codec;
    Error.captureStackTrace(this.#site, StrictPendingCall);
  }
  override reply(value: unknown): void {
    super.reply(this.#codec.copy(value));
  }
  protected override failure(code: CallErrorCode, reason: ExitReason): CallError {
    const error = super.failure(code, reason);
    const { stack = '' } = this.#site;
    const frames = stack.indexOf('\n');
    if (frames >= 0) error.stack = `${error.name}: ${error.message}${stack.slice(frames)}`;
    return error;
  }
}

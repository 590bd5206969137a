import { describeReason, type ExitReason } from './exit-reason.js';
import type { Pid } from './identity/pid.js';

export type CallErrorCode = 'timeout' | 'noproc' | 'noconnection' | 'exit' | 'calling_self';

/**
 * A call that got no reply. `code` says why: `timeout`, `noproc` (nobody there), `noconnection` (its thread or node is
 * gone), `calling_self`, or `exit`: the process ended first, with `reason`. Uncaught, it ends the calling process and is
 * its exit reason (OTP: `{Reason, {gen_server, call, _}}`).
 */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: CallErrorCode;
  readonly reason: ExitReason;
  readonly request: string;

  /** `to` is who was asked, for the message. */
  constructor(code: CallErrorCode, reason: ExitReason, request: string, to?: string) {
    super(
      `call '${request}'${to === undefined ? '' : ` to ${to}`} failed: ${code === 'exit' ? `the process ended (${describeReason(reason)})` : code}`,
      reason instanceof Error ? { cause: reason } : {},
    );
    this.code = code;
    this.reason = reason;
    this.request = request;
  }

  /** `CallError.is(e)` or `CallError.is(e, 'noproc')`: narrows what a catch clause holds. */
  static is<C extends CallErrorCode = CallErrorCode>(e: unknown, code?: C): e is CallError & { readonly code: C } {
    return e instanceof CallError && (code === undefined || e.code === code);
  }
}

export type TaskErrorCode = 'timeout' | 'exit';

/**
 * A task whose result did not come: `timeout`, or `exit` when the task ended first, with `reason`. Uncaught, it ends the
 * awaiting process and is its exit reason (Elixir: `{Reason, {Task, :await, _}}`).
 */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly code: TaskErrorCode;
  readonly reason: ExitReason;

  constructor(code: TaskErrorCode, reason: ExitReason) {
    super(
      code === 'timeout' ? 'the task did not finish in time' : `the task ended without a result (${describeReason(reason)})`,
      reason instanceof Error ? { cause: reason } : {},
    );
    this.code = code;
    this.reason = reason;
  }

  /** `TaskError.is(e)` or `TaskError.is(e, 'timeout')`: narrows what a catch clause holds. */
  static is<C extends TaskErrorCode = TaskErrorCode>(e: unknown, code?: C): e is TaskError & { readonly code: C } {
    return e instanceof TaskError && (code === undefined || e.code === code);
  }
}

export type StartErrorCode =
  | 'init_failed'
  | 'already_started'
  | 'already_present'
  | 'max_children'
  | 'bad_child_spec'
  | 'timeout'
  | 'noconnection'
  | 'not_registered'
  | 'ignore';

/** A process that could not be started. `reason` is what its `init` refused with; `pid` is who holds the name. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;
  readonly reason: unknown;
  readonly pid: Pid | undefined;

  constructor(code: StartErrorCode, reason: unknown, what: string, pid?: Pid) {
    super(`${what} could not be started: ${startReason(code, reason, pid)}`, reason instanceof Error ? { cause: reason } : {});
    this.code = code;
    this.reason = reason;
    this.pid = pid;
  }

  static is<C extends StartErrorCode = StartErrorCode>(e: unknown, code?: C): e is StartError & { readonly code: C } {
    return e instanceof StartError && (code === undefined || e.code === code);
  }
}

function startReason(code: StartErrorCode, reason: unknown, pid: Pid | undefined): string {
  if (code === 'init_failed' || code === 'bad_child_spec' || code === 'not_registered') return describeReason(reason);
  return pid === undefined ? code.replace('_', ' ') : `${code.replace('_', ' ')} as ${pid}`;
}

export type MisuseCode = 'no_process' | 'badarg' | 'bad_option' | 'bad_child_spec' | 'bad_name' | 'not_sendable' | 'not_registered';

/** A mistake in the calling code, thrown at once. The message tells what was expected, what came, and what works. */
export class MisuseError extends Error {
  override readonly name = 'MisuseError';
  readonly code: MisuseCode;
  readonly detail: unknown;
  constructor(code: MisuseCode, message: string, detail?: unknown) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** Raised by `exit(reason)` to unwind the running handler; never seen by anyone who does not catch everything. */
export class ExitThrow {
  readonly reason: ExitReason;
  constructor(reason: ExitReason) {
    this.reason = reason;
  }
}

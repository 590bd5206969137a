import type { ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import type { ProcessId } from '../identity/pid.js';
import { type Stop, stop } from '../outcome.js';
import { DEAD, ELSEWHERE } from '../process/flags.js';
import type { Wait } from '../process/wait.js';
import type { ChildSpec } from './child-spec.js';
import type { StartOutcome } from './start-child.js';

/** What a supervisor does in steps, waiting for the kernel in between. */
export type Steps<T = void> = Generator<Wait, T, unknown>;

export type ChildAdminCode = 'not_found' | 'running' | 'restarting' | 'simple_one_for_one';
export type Refusal = { readonly ok: false; readonly code: ChildAdminCode };
export type AdminResult = { readonly ok: true } | Refusal;

/** What a supervisor knows of one child. OTP: an element of `supervisor:which_children/1`. */
export interface ChildInfo {
  readonly id: string | undefined;
  readonly pid: ProcessId | 'restarting' | undefined;
  readonly type: 'worker' | 'supervisor';
}

export interface ChildCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/** What the end of a child leads to: that of the supervisor, or nothing more. */
export type Consequence = Stop<never> | undefined;

export const shutdown: Consequence = stop('shutdown');

/** The children of one supervisor: how they are kept, started, restarted and stopped. */
export interface ChildGroup {
  /** Starts what has to run from the beginning; the child that could not be started, if any. */
  start(): Steps<{ id: string; reason: unknown } | null>;
  stop(): Steps;
  owns(pid: ProcessId): boolean;
  ended(pid: ProcessId, reason: ExitReason): Consequence | Steps<Consequence>;
  /** A restart that had failed. */
  tryAgain(key: unknown): Consequence | Steps<Consequence>;
  startChild(what: unknown): Steps<StartOutcome>;
  restartChild(id: string): Steps<StartOutcome | Refusal>;
  terminateChild(id: unknown): Steps<AdminResult>;
  deleteChild(id: string): AdminResult;
  which(): ChildInfo[];
  count(): ChildCounts;
  spec(id: unknown): Steps<ChildSpec | undefined>;
  /** A child that was started elsewhere. */
  adopt(pid: ProcessId, spec: ChildSpec): void;
}

export function isRunning(pid: ProcessId): boolean {
  return (pid.proc.flags & (DEAD | ELSEWHERE)) !== DEAD;
}

/** The thread or node that the child was lost with, if it did not end by itself. */
export function lostWith(pid: ProcessId, reason: ExitReason): Address | undefined {
  return reason === 'noconnection' && pid.at.down ? pid.at : undefined;
}

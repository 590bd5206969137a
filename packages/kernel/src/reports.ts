import { channel } from 'node:diagnostics_channel';
import type { ExitReason } from './exit-reason.js';
import type { Pid } from './identity/pid.js';
import type { TracedMessage, TraceEvent } from './sys/trace-event.js';

/** A process ended abnormally by its own doing. OTP: crash report, with what `gen_server` reports beside it. */
export interface CrashReport {
  readonly pid: Pid;
  /** The class, or `process`. OTP: `initial_call`. */
  readonly behaviour: string;
  /** OTP: `registered_name`. */
  readonly name: string | undefined;
  /** OTP: `error_info`. */
  readonly reason: ExitReason;
  /** Who started it, and who started that, as far as they are linked and on this thread. */
  readonly ancestors: readonly Pid[];
  /** For a task: who started it, and for whom that one works in turn. Elixir: `$callers`. */
  readonly callers: readonly Pid[];
  /** Messages it had not handled. OTP: `message_queue_len`. */
  readonly mailboxLength: number;
  readonly links: readonly Pid[];
  readonly trapExit: boolean;
  /** The message it failed on, if there was one and it is known. */
  readonly lastMessage: TracedMessage | undefined;
  /** The server's state, as `sys.getState` shows it. */
  readonly state: unknown;
}

/** A child, as supervisor and progress reports show it. OTP: `offender`, `started`. */
export interface ReportedChild {
  readonly id: string | undefined;
  readonly pid: Pid | undefined;
  /** The class, or the function that starts it. OTP: `mfargs`, without the arguments. */
  readonly start: string;
  readonly restart: 'permanent' | 'transient' | 'temporary';
  readonly significant: boolean;
  readonly shutdown: number | 'brutalKill' | 'infinity';
  readonly type: 'worker' | 'supervisor';
}

/** OTP: supervisor report. */
export interface SupervisorReport {
  readonly supervisor: Pid;
  readonly name: string | undefined;
  /**
   * `start_error`: a start or restart failed; `child_terminated`: a child ended that should not have; `shutdown_error`: a child
   * that was told to end did so for another reason; `shutdown`: restarts were too many. OTP: `errorContext`.
   */
  readonly context: 'start_error' | 'child_terminated' | 'shutdown_error' | 'shutdown';
  /** For `shutdown` it is `reached_max_restart_intensity`. */
  readonly reason: unknown;
  readonly child: ReportedChild;
}

/** A supervisor has started a child. OTP: progress report. */
export interface ProgressReport {
  readonly supervisor: Pid;
  readonly name: string | undefined;
  readonly child: ReportedChild;
}

/** More messages wait for a process than `mailboxAlarm`, or a bound of its own, allows. Once, until the mailbox was empty. */
export interface MailboxAlarm {
  readonly pid: Pid;
  readonly behaviour: string;
  readonly name: string | undefined;
  readonly mailboxLength: number;
  readonly threshold: number;
}

/** A server got a plain message that it has no `handleInfo` for. */
export interface UnknownMessageReport {
  readonly pid: Pid;
  readonly behaviour: string;
  readonly name: string | undefined;
  readonly message: unknown;
}

/** An error that no process is known to have caused. */
export interface StrayErrorReport {
  readonly error: unknown;
}

/** Something happened in the connection with other nodes. `type` and further fields say what; see `@rekindle/cluster`. */
export interface ClusterReport {
  readonly type: string;
  /** How it is logged; null: not at all. */
  readonly level: 'info' | 'error' | null;
  readonly text: string;
}

/** `sys.trace(ref, true)`: what the process did. */
export interface TraceReport {
  readonly pid: Pid;
  readonly event: TraceEvent;
}

/** Names of the diagnostics channels. */
export const CRASH = 'rekindle.crash';
export const SUPERVISOR = 'rekindle.supervisor';
export const PROGRESS = 'rekindle.progress';
export const MAILBOX_ALARM = 'rekindle.mailbox_alarm';
export const UNKNOWN_MESSAGE = 'rekindle.unknown_message';
export const STRAY_ERROR = 'rekindle.stray_error';
export const TRACE = 'rekindle.trace';
export const CLUSTER = 'rekindle.cluster';

const crashes = channel(CRASH);
const supervisors = channel(SUPERVISOR);
const progress = channel(PROGRESS);
const mailboxAlarms = channel(MAILBOX_ALARM);
const unknownMessages = channel(UNKNOWN_MESSAGE);
const strayErrors = channel(STRAY_ERROR);
const traces = channel(TRACE);
const clusterEvents = channel(CLUSTER);

// A report is made up only when somebody listens.

export function reportCrash(make: () => CrashReport): void {
  if (crashes.hasSubscribers) crashes.publish(make());
}

export function reportSupervisor(make: () => SupervisorReport): void {
  if (supervisors.hasSubscribers) supervisors.publish(make());
}

export function reportProgress(make: () => ProgressReport): void {
  if (progress.hasSubscribers) progress.publish(make());
}

export function reportMailboxAlarm(report: MailboxAlarm): void {
  mailboxAlarms.publish(report);
}

export function reportUnknownMessage(report: UnknownMessageReport): void {
  unknownMessages.publish(report);
}

export function reportTrace(report: TraceReport): void {
  traces.publish(report);
}

export function reportCluster(report: ClusterReport): void {
  clusterEvents.publish(report);
}

export function reportStrayError(error: unknown): void {
  strayErrors.publish({ error } satisfies StrayErrorReport);
}

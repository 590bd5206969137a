import { channel } from 'node:diagnostics_channel';
import type { ExitReason } from './exit-reason.js';
import type { Pid } from './identity/pid.js';
import type { TraceEvent } from './sys/trace-event.js';

/** A process ended abnormally by its own doing. OTP: crash report. */
export interface CrashReport {
  readonly pid: Pid;
  /** The class, or `process`. */
  readonly behaviour: string;
  readonly name: string | undefined;
  readonly reason: ExitReason;
  /** Messages it had not handled. */
  readonly mailboxLength: number;
}

/** OTP: supervisor report. */
export interface SupervisorReport {
  readonly supervisor: Pid;
  /** `child_terminated`: and what follows from it; `start_error`: a start or restart failed; `shutdown`: restarts were too many. */
  readonly context: 'child_terminated' | 'start_error' | 'shutdown';
  readonly child: string | undefined;
  readonly pid: Pid | undefined;
  readonly reason: unknown;
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
export const STRAY_ERROR = 'rekindle.stray_error';
export const TRACE = 'rekindle.trace';
export const CLUSTER = 'rekindle.cluster';

const crashes = channel(CRASH);
const supervisors = channel(SUPERVISOR);
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

export function reportTrace(report: TraceReport): void {
  traces.publish(report);
}

export function reportCluster(report: ClusterReport): void {
  clusterEvents.publish(report);
}

export function reportStrayError(error: unknown): void {
  strayErrors.publish({ error } satisfies StrayErrorReport);
}

import { type ExitReason, isOrderly } from '../exit-reason.js';
import type { ProcessId } from '../identity/pid.js';
import type { Proc } from '../process/proc.js';
import { type ReportedChild, reportProgress, reportSupervisor, type SupervisorReport } from '../reports.js';
import type { ChildSpec } from './child-spec.js';

// What a supervisor reports of its children, when `supervisor.erl` does.

function reported(spec: ChildSpec, pid: ProcessId | null): ReportedChild {
  const { id, start, restart, significant, shutdown, type } = spec;
  return { id, pid: pid ?? undefined, start: start.name, restart, significant, shutdown, type };
}

export function childStarted({ pid: supervisor, extra }: Proc, spec: ChildSpec, pid: ProcessId): void {
  reportProgress(() => ({ supervisor, name: extra?.name ?? undefined, child: reported(spec, pid) }));
}

function report(
  { pid: supervisor, extra }: Proc,
  context: SupervisorReport['context'],
  reason: unknown,
  spec: ChildSpec,
  child: ProcessId | null,
): void {
  reportSupervisor(() => ({ supervisor, name: extra?.name ?? undefined, context, reason, child: reported(spec, child) }));
}

/** A child ended by itself: news unless it was free to. */
export function childEnded(proc: Proc, spec: ChildSpec, pid: ProcessId, reason: ExitReason): void {
  if (spec.restart === 'permanent' || !isOrderly(reason)) report(proc, 'child_terminated', reason, spec, pid);
}

export function childNotStarted(proc: Proc, spec: ChildSpec, reason: unknown): void {
  report(proc, 'start_error', reason, spec, null);
}

export function tooManyRestarts(proc: Proc, spec: ChildSpec, pid: ProcessId | null): void {
  report(proc, 'shutdown', 'reached_max_restart_intensity', spec, pid);
}

/** A child that was told to end has ended. A child that is not permanent may just have been about to end by itself. */
export function childStopped(proc: Proc, spec: ChildSpec, pid: ProcessId, reason: ExitReason): void {
  const expected =
    reason === (spec.shutdown === 'brutalKill' ? 'killed' : 'shutdown') || (isOrderly(reason) && spec.restart !== 'permanent');
  if (!expected) report(proc, 'shutdown_error', reason, spec, pid);
}

import { subscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import type { BadFrameReport } from '@rekindle/channels';
import { reports as channelReports } from '@rekindle/channels/internal';
import { type ClusterReport, type CrashReport, describeReason, type StrayErrorReport, type SupervisorReport } from '@rekindle/kernel';
import { reports } from '@rekindle/kernel/internal';
import { SLOW_CLIENT, type SlowClientReport } from './reports.js';

let installed = false;

/** Prints crash, supervisor and stray error reports to stderr, once per thread. */
export function installLogger(): void {
  if (installed) return;
  installed = true;
  subscribe(reports.CRASH, (report) => {
    const { pid, behaviour, name, reason, mailboxLength } = report as CrashReport;
    print(
      'error',
      `${behaviour} ${name === undefined ? '' : `'${name}' `}${String(pid)} crashed: ${explain(reason)}${mailboxLength > 0 ? ` (${mailboxLength} messages lost)` : ''}`,
    );
  });
  subscribe(reports.SUPERVISOR, (report) => {
    const { supervisor, context, child, pid, reason } = report as SupervisorReport;
    print(
      'error',
      `supervisor ${String(supervisor)}: ${context.replaceAll('_', ' ')}, child ${child ?? String(pid)}: ${describeReason(reason)}`,
    );
  });
  subscribe(reports.CLUSTER, (report) => {
    const { level, text } = report as ClusterReport;
    if (level !== null) print(level, text);
  });
  subscribe(channelReports.BAD_FRAME, (report) => {
    const { peer, path, kind, length, expected } = report as BadFrameReport;
    print('info', `closed a connection of ${peer} to ${path}: undecodable frame, ${kind} of length ${length}; expected ${expected}`);
  });
  subscribe(SLOW_CLIENT, (report) => {
    const { peer, path, maxBufferedBytes } = report as SlowClientReport;
    print('info', `closed a connection of ${peer} to ${path}: it left more than ${maxBufferedBytes} bytes unread`);
  });
  subscribe(reports.STRAY_ERROR, (report) =>
    print('error', `error outside of every process: ${explain((report as StrayErrorReport).error)}`),
  );
}

export function print(level: 'info' | 'error', line: string): void {
  process.stderr.write(`${new Date().toISOString()} [${level}] ${line}\n`);
}

function explain(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : inspect(reason, { depth: 3, breakLength: Number.POSITIVE_INFINITY });
}

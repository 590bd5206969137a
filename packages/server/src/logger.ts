import { subscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import type { BadFrameReport, FloodReport, SlowReaderReport } from '@rekindle/channels';
import { reports as channelReports } from '@rekindle/channels/internal';
import type {
  ClusterReport,
  CrashReport,
  MailboxAlarm,
  Pid,
  ReportedChild,
  StrayErrorReport,
  SupervisorReport,
  TracedMessage,
  TraceReport,
  UnknownMessageReport,
} from '@rekindle/kernel';
import { reports } from '@rekindle/kernel/internal';
import { redact } from './redact.js';

let installed = false;

/**
 * Prints reports to stderr, once per thread: crashes, what supervisors report but starts, long mailboxes, unknown messages, stray
 * errors, traces. Values of fields that are called passwords, tokens, secrets, cookies and the like are filtered.
 */
export function installLogger(): void {
  if (installed) return;
  installed = true;
  subscribe(reports.CRASH, (report) => print('error', crash(report as CrashReport)));
  subscribe(reports.SUPERVISOR, (report) => print('error', supervisor(report as SupervisorReport)));
  subscribe(reports.MAILBOX_ALARM, (report) => {
    const { pid, behaviour, name, mailboxLength, threshold } = report as MailboxAlarm;
    print('error', `${who(behaviour, name, pid)} has ${mailboxLength} messages waiting, the limit is ${threshold}`);
  });
  subscribe(reports.UNKNOWN_MESSAGE, (report) => {
    const { pid, behaviour, name, message } = report as UnknownMessageReport;
    print('error', `${who(behaviour, name, pid)} received a message that it has no handleInfo for: ${show(message)}`);
  });
  subscribe(reports.TRACE, (report) => print('info', trace(report as TraceReport)));
  subscribe(reports.CLUSTER, (report) => {
    const { level, text } = report as ClusterReport;
    if (level !== null) print(level, text);
  });
  subscribe(channelReports.BAD_FRAME, (report) => {
    const { peer, path, kind, length, expected } = report as BadFrameReport;
    print('info', `closed a connection of ${peer} to ${path}: undecodable frame, ${kind} of length ${length}; expected ${expected}`);
  });
  subscribe(channelReports.FLOOD, (report) => {
    const { peer, path, limit } = report as FloodReport;
    print('info', `closed a connection of ${peer} to ${path}: far too many ${limit === 'joinsLimited' ? 'joins' : 'events'}`);
  });
  subscribe(channelReports.SLOW_READER, (report) => {
    const { peer, path, maxBufferedBytes } = report as SlowReaderReport;
    print('info', `closed a connection of ${peer} to ${path}: more than ${maxBufferedBytes} bytes waited to be read`);
  });
  subscribe(reports.STRAY_ERROR, (report) =>
    print('error', `error outside of every process: ${explain((report as StrayErrorReport).error)}`),
  );
}

export function print(level: 'info' | 'error', line: string): void {
  process.stderr.write(`${new Date().toISOString()} [${level}] ${line}\n`);
}

/** As Elixir's logger prints the end of a GenServer. */
export function crash({ pid, behaviour, name, reason, ancestors, callers, mailboxLength, lastMessage, state }: CrashReport): string {
  const lines = [`${who(behaviour, name, pid)} crashed: ${explain(reason)}`];
  if (lastMessage !== undefined) lines.push(`Last message: ${message(lastMessage)}`);
  if (state !== undefined) lines.push(`State: ${show(state)}`);
  if (ancestors.length > 0) lines.push(`Ancestors: ${ancestors.join(', ')}`);
  if (callers.length > 0) lines.push(`Callers: ${callers.join(', ')}`);
  if (mailboxLength > 0) lines.push(`Messages lost: ${mailboxLength}`);
  return lines.join('\n    ');
}

/** As OTP's logger prints a supervisor report. */
export function supervisor({ supervisor: pid, name, context, reason, child }: SupervisorReport): string {
  return `${who('supervisor', name, pid)}: ${context}\n    Reason: ${explain(reason)}\n    Child: ${describeChild(child)}`;
}

function trace({ pid, event }: TraceReport): string {
  if (event.event === 'in') return `*DBG* ${pid} got ${message(event.message)}`;
  if (event.event === 'out') return `*DBG* ${pid} sent ${show(event.reply)} to ${String(event.to ?? 'a caller')}`;
  return `*DBG* ${pid} new state ${show(event.state)}`;
}

function describeChild({ id, pid, start, restart, shutdown, type }: ReportedChild): string {
  const shown = shutdown === 'infinity' || shutdown === 'brutalKill' ? shutdown : `${shutdown} ms`;
  return `${id ?? start} ${pid === undefined ? '(not running)' : String(pid)}, ${start}, ${type}, ${restart}, shutdown ${shown}`;
}

function message(traced: TracedMessage): string {
  if (traced.type === 'info') return show(traced.message);
  const { name, args } = traced;
  const call = `${traced.type} ${name}(${args.map(show).join(', ')})`;
  return traced.type === 'call' && traced.from !== undefined ? `${call} from ${traced.from}` : call;
}

function who(what: string, name: string | undefined, pid: Pid): string {
  return `${what} ${name === undefined ? '' : `'${name}' `}${String(pid)}`;
}

function explain(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : typeof reason === 'string' ? reason : show(reason);
}

function show(value: unknown): string {
  return inspect(redact(value), { depth: 5, maxArrayLength: 20, maxStringLength: 500, breakLength: Number.POSITIVE_INFINITY });
}

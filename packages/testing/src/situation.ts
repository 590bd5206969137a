import { inspect } from 'node:util';
import { describeReason, processInfo } from '@rekindle/kernel';
import { describeMessage, forEachMessage, type Proc } from '@rekindle/kernel/internal';
import type { TestWorld } from './world.js';

/** Of a list that is longer the last so many are shown. */
const SHOWN = 10;

export function show(value: unknown): string {
  return inspect(value, { depth: 4, maxArrayLength: 20, maxStringLength: 300, breakLength: Number.POSITIVE_INFINITY });
}

function indented(title: string, lines: readonly string[]): string[] {
  const left = lines.slice(-SHOWN);
  const more = lines.length > left.length ? [`  ... and ${lines.length - left.length} before`] : [];
  return lines.length === 0 ? [] : [title, ...more, ...left.map((line) => `  ${line}`)];
}

/** What a failed assertion tells of a test's processes: mailboxes, what each did last, and what supervisors know and reported. */
export function situation(world: TestWorld): string {
  const { kernel, probes, reports } = world;
  const mine = new Set(probes.map(({ pid }) => String(pid)));
  const procs = [...kernel.processes()].filter(({ pid }) => !mine.has(String(pid)));
  return [
    ...probes.flatMap(({ label, mailbox, taken }) => [
      ...indented(`Mailbox of ${label}:`, mailbox.map(show)),
      ...indented(`Taken by ${label} before:`, taken.map(show)),
    ]),
    ...(procs.length === 0 ? [] : ['Processes, below their supervisors:', ...tree(world, procs, undefined, '  ')]),
    ...indented(
      'Reports:',
      reports.flatMap((report) => reported(report)),
    ),
  ].join('\n');
}

function tree(world: TestWorld, procs: readonly Proc[], parent: string | undefined, indent: string): string[] {
  const ids = new Set(procs.map(({ pid }) => String(pid)));
  const isChild = (proc: Proc): boolean => {
    const of = proc.parent === null ? undefined : String(proc.parent);
    return parent === undefined ? of === undefined || !ids.has(of) : of === parent;
  };
  return procs
    .filter(isChild)
    .flatMap((proc) => [...describe(world, proc).map((line) => indent + line), ...tree(world, procs, String(proc.pid), `${indent}  `)]);
}

function describe({ reports }: TestWorld, proc: Proc): string[] {
  const info = processInfo(proc.pid);
  if (info === undefined) return [];
  const { name, behaviour, pid, status } = info;
  const restarts = reports.filter(
    ({ kind, report }) => kind === 'supervisor' && report.context === 'child_terminated' && String(report.supervisor) === String(pid),
  ).length;
  const waiting: string[] = [];
  forEachMessage(proc, (message) => waiting.push(show(describeMessage(message))));
  const last = (proc.extra?.debug?.log ?? []).slice(-4).map((event) => {
    if (event.event === 'in') return `got ${message(event.message)}`;
    return event.event === 'out' ? `answered ${show(event.reply)}` : `state ${show(event.state)}`;
  });
  const shown = `${behaviour} ${name === undefined ? '' : `'${name}' `}${pid} ${status}${restarts === 0 ? '' : `, ${restarts} restarts`}`;
  return [shown, ...indented('  last:', last).slice(0), ...indented('  waiting:', waiting)];
}

function message(traced: ReturnType<typeof describeMessage>): string {
  return traced.type === 'info' ? show(traced.message) : `${traced.type} ${traced.name}(${traced.args.map(show).join(', ')})`;
}

function reported({ kind, report }: TestWorld['reports'][number]): string[] {
  if (kind === 'crash') {
    const last = report.lastMessage === undefined ? '' : `, on ${message(report.lastMessage)}`;
    return [
      `${report.behaviour} ${report.name === undefined ? '' : `'${report.name}' `}${report.pid} crashed: ${describeReason(report.reason)}${last}`,
    ];
  }
  if (kind === 'supervisor') return [`supervisor ${report.supervisor}: ${report.context} of ${report.child.id ?? report.child.start}`];
  if (kind === 'unknownMessage') return [`${report.behaviour} ${report.pid} has no handleInfo for ${show(report.message)}`];
  return kind === 'mailboxAlarm' ? [`${report.behaviour} ${report.pid} has ${report.mailboxLength} messages waiting`] : [];
}

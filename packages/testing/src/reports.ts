import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { CrashReport, MailboxAlarm, Pid, ProgressReport, SupervisorReport, UnknownMessageReport } from '@rekindle/kernel';
import { type Kernel, ProcessId, reports } from '@rekindle/kernel/internal';

/** What processes and supervisors have reported, by kind. */
export interface Reports {
  crash: CrashReport;
  supervisor: SupervisorReport;
  progress: ProgressReport;
  mailboxAlarm: MailboxAlarm;
  unknownMessage: UnknownMessageReport;
}

/** A report with its kind. */
export type Report = { [K in keyof Reports]: { readonly kind: K; readonly report: Reports[K] } }[keyof Reports];

const channels: { readonly [K in keyof Reports]: string } = {
  crash: reports.CRASH,
  supervisor: reports.SUPERVISOR,
  progress: reports.PROGRESS,
  mailboxAlarm: reports.MAILBOX_ALARM,
  unknownMessage: reports.UNKNOWN_MESSAGE,
};

/** Listens to the reports of one kernel; answers how to stop. */
export function listen(kernel: Kernel, heard: (report: Report) => void): () => void {
  const ends = Object.entries(channels).map(([kind, channel]) => {
    const listener = (report: unknown): void => {
      const { pid, supervisor } = report as { pid?: Pid; supervisor?: Pid };
      const of = pid ?? supervisor;
      if (of instanceof ProcessId && of.at.kernel === kernel) heard({ kind, report } as Report);
    };
    subscribe(channel, listener);
    return () => unsubscribe(channel, listener);
  });
  return () => {
    for (const end of ends) end();
  };
}

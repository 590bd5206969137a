import { Request } from '../calls/request.js';
import { infoOf } from '../process/info.js';
import type { Proc } from '../process/proc.js';

/** Whether a process of this thread that is not running now has nothing to do: no message waits, and it owes nobody an answer. */
export function isIdle(proc: Proc): boolean {
  const { status, mailboxLength } = infoOf(proc, null);
  if (status !== 'waiting' || mailboxLength > 0 || (proc.extra?.stashed?.size ?? 0) > 0) return false;
  const { watchers } = proc;
  if (watchers instanceof Set) return ![...watchers].some((watcher) => watcher instanceof Request);
  return !(watchers instanceof Request);
}

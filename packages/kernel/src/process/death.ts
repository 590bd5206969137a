import { Request } from '../calls/request.js';
import type { ExitReason } from '../exit-reason.js';
import { ProcessId } from '../identity/pid.js';
import { sendLinkExit } from '../remote/outbound.js';
import { current, setCurrent } from './current.js';
import { DEAD, ELSEWHERE } from './flags.js';
import { forEachMessage } from './mailbox.js';
import { releaseOwned } from './owned.js';
import { EMPTY, type Extra, GONE, type Proc } from './proc.js';
import { linkSignal } from './signals.js';

/**
 * Ends a process, whatever it is doing. In this order: its name is free, what it owned is gone, callers it has not
 * answered fail, linked processes get the exit signal, monitors fire. Runs no user code.
 */
export function die(proc: Proc, reason: ExitReason): void {
  if ((proc.flags & DEAD) !== 0) return;
  proc.flags |= DEAD;
  const { pid, kernel, extra, owed, links, watchers } = proc;
  // What is told from here on is not the doing of a process that has ended, which would have no effect.
  const ended = current !== null && (current.flags & DEAD) !== 0 ? setCurrent(null) : null;
  pid.proc = GONE;
  kernel.forget(proc);
  if (extra !== null) freeName(proc, extra);
  releaseOwned(proc);
  if (owed !== null) {
    proc.owed = null;
    owed.fail('exit', reason);
  }
  if (proc.first !== EMPTY || (extra !== null && (extra.saved !== null || extra.stashed !== null))) {
    forEachMessage(proc, (message) => {
      if (message instanceof Request) message.fail('exit', reason);
    });
    proc.first = EMPTY;
    proc.rest = null;
  }
  if (links !== null) {
    proc.links = null;
    if (links instanceof ProcessId) breakLink(proc, links, reason);
    else for (const peer of links) breakLink(proc, peer, reason);
  }
  if (watchers !== null) {
    proc.watchers = null;
    if (watchers instanceof Set) for (const watcher of watchers) watcher.fire(pid, reason);
    else watchers.fire(pid, reason);
  }
  proc.instance = null;
  if (extra !== null) {
    proc.extra = null;
    if (extra.abort !== null) kernel.abortLater(extra.abort, reason);
  }
  if (ended !== null) setCurrent(ended);
}

export function freeName(proc: Proc, extra: Extra): void {
  if (extra.name !== null) {
    proc.kernel.names.unregister(extra.name, proc.pid);
    extra.name = null;
  }
  if (extra.via !== null) {
    const { via, key } = extra.via;
    // The process may have given the key up, and another one may have it now.
    if (proc.pid.equals(via.whereisName(key))) via.unregisterName(key);
    extra.via = null;
  }
}

function breakLink(proc: Proc, peer: ProcessId, reason: ExitReason): void {
  const other = peer.proc;
  if ((other.flags & ELSEWHERE) !== 0) sendLinkExit(proc, peer, reason);
  else linkSignal(other, proc.pid, reason);
}

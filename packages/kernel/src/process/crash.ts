import type { ExitReason } from '../exit-reason.js';
import type { ProcessId } from '../identity/pid.js';
import { reportCrash } from '../reports.js';
import { describeMessage } from '../sys/trace-event.js';
import { callersOf } from './callers.js';
import { TRAP } from './flags.js';
import { linksOf } from './links.js';
import { EMPTY, type Proc } from './proc.js';

/** Reports that the process ends by its own fault; before it does. `state`: what there is to show of its state. */
export function crashed(proc: Proc, reason: ExitReason, state: () => unknown, what: string = proc.behaviour.name): void {
  reportCrash(() => {
    const { pid, extra, mailboxLength, flags } = proc;
    const failedOn = extra === null ? EMPTY : extra.failedOn;
    return {
      pid,
      behaviour: what,
      name: extra?.name ?? undefined,
      reason,
      ancestors: ancestors(proc),
      callers: callersOf(proc),
      mailboxLength,
      links: linksOf(proc),
      trapExit: (flags & TRAP) !== 0,
      lastMessage: failedOn === EMPTY ? undefined : describeMessage(failedOn),
      state: attempt(state),
    };
  });
}

function ancestors(proc: Proc): ProcessId[] {
  const found: ProcessId[] = [];
  for (let { parent } = proc; parent !== null && found.length < 16; parent = parent.proc.parent) found.push(parent);
  return found;
}

/** A class's own `systemGetState` may fail on the very state that the process crashed with. */
function attempt(state: () => unknown): unknown {
  try {
    return state();
  } catch (error) {
    return error;
  }
}

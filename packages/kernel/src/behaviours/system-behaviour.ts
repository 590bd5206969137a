import { DOLLAR, Request } from '../calls/request.js';
import type { ExitReason } from '../exit-reason.js';
import { ExitMessage } from '../messages.js';
import { Stop } from '../outcome.js';
import { DEAD, IDLE_TIMER, SUSPENDED, WATCHED } from '../process/flags.js';
import { putAside } from '../process/mailbox.js';
import type { Proc } from '../process/proc.js';
import type { Debug } from '../sys/debug.js';
import { observed } from '../sys/observed-request.js';
import { handleSystemRequest, SYS, type SystemTarget, terminateReason } from '../sys/system-request.js';
import { describeMessage } from '../sys/trace-event.js';
import { Behaviour } from './behaviour.js';
import type { Server } from './callbacks.js';
import { assignFields, fieldsOf } from './fields.js';
import { disarmIdleTimer, restartIdleTimer } from './idle-timer.js';

/** The request that `stopServer` sends. Names with a `$` are the kernel's own. */
export const STOP = '$stop';

/** What `sys` and `stop` ask of a server, and what `sys` sees of it. */
export abstract class SystemBehaviour extends Behaviour implements SystemTarget {
  /** Ends the process, after its `terminate`. */
  protected abstract stop(proc: Proc, stop: Stop<unknown>): void;

  /** Whether the message is not for the callbacks, or not now: a look at it before it is handled. */
  protected intercept(proc: Proc, message: unknown): boolean {
    if (isSystem(message)) return false;
    const debug = proc.extra?.debug ?? null;
    if (debug?.suspended === true) {
      if (message instanceof ExitMessage && isParent(proc, message)) return false;
      putAside(proc, 'saved', message);
      return true;
    }
    if ((proc.flags & IDLE_TIMER) !== 0) disarmIdleTimer(proc);
    if (debug === null) return false;
    this.#observe(proc, message, debug);
    return true;
  }

  #observe(proc: Proc, message: unknown, debug: Debug): void {
    debug.note(proc, { event: 'in', message: describeMessage(message) });
    debug.inHand = true;
    proc.flags &= ~WATCHED;
    try {
      this.handle(proc, message instanceof Request ? observed(proc, message, debug) : message);
    } finally {
      if ((proc.flags & DEAD) === 0) proc.flags |= WATCHED;
    }
    this.showState(proc);
  }

  /** The message is dealt with: not before its promise has settled. */
  protected showState(proc: Proc): void {
    const debug = proc.extra?.debug;
    if ((proc.flags & (DEAD | SUSPENDED)) !== 0 || debug?.inHand !== true) return;
    debug.inHand = false;
    debug.note(proc, { event: 'state', state: this.stateOf(proc) });
  }

  stateOf(proc: Proc): unknown {
    const server = proc.instance as Server;
    return server.systemGetState === undefined ? fieldsOf(server) : server.systemGetState();
  }

  replaceStateOf(proc: Proc, state: unknown): void {
    const server = proc.instance as Server;
    if (server.systemReplaceState === undefined) assignFields(server, state);
    else server.systemReplaceState(state);
  }

  /** A request for which the class has no method: false unless it is one of the kernel's own. */
  protected system(proc: Proc, request: Request): boolean {
    const { name, args } = request;
    if (name.charCodeAt(0) !== DOLLAR) return false;
    if (name === STOP) {
      this.stop(proc, new Stop(args[0] as ExitReason, false, undefined));
      return true;
    }
    if (name !== SYS) return false;
    const end = terminateReason(request);
    if (end !== null) {
      proc.owed = null;
      request.reply(undefined);
      this.stop(proc, new Stop(end.reason, false, undefined));
      return true;
    }
    proc.owed = null;
    handleSystemRequest(this, proc, request);
    if ((proc.flags & IDLE_TIMER) !== 0) restartIdleTimer(proc, proc.extra?.debug?.suspended !== true);
    return true;
  }
}

/** The kernel's own requests: of `sys`, and `stop`, which in OTP is one of them. */
export function isSystem(message: unknown): message is Request {
  return message instanceof Request && message.name.charCodeAt(0) === DOLLAR;
}

export function isParent(proc: Proc, exit: ExitMessage): boolean {
  const { parent } = proc;
  return parent?.equals(exit.pid) ?? false;
}

import type { Request } from '../calls/request.js';
import { MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Pid } from '../identity/pid.js';
import { ProcessId } from '../identity/pid.js';
import { putBack } from '../process/mailbox.js';
import type { Proc } from '../process/proc.js';
import { Debug } from './debug.js';
import { portable } from './portable.js';
import type { TraceMessage } from './trace-event.js';

/** The request that `sys` sends: `[operation, argument]`. Names with a `$` are the kernel's own. */
export const SYS = '$sys';

/** What `sys.getStatus` answers. OTP: `sys:get_status/1`. */
export interface Status {
  readonly pid: Pid;
  /** The class. */
  readonly behaviour: string;
  readonly name: string | undefined;
  readonly parent: Pid | undefined;
  readonly status: 'running' | 'suspended';
  readonly debug: readonly ('statistics' | 'log' | 'trace')[];
  readonly mailboxLength: number;
  readonly state: unknown;
}

/** How `sys` gets at a process: the part that depends on its behaviour. */
export interface SystemTarget {
  readonly name: string;
  stateOf(proc: Proc): unknown;
  replaceStateOf(proc: Proc, state: unknown): void;
}

const DEFAULT_LOG_LENGTH = 10;

/** Answers one request of `sys`, between two messages. It never ends the process, whatever goes wrong. */
export function handleSystemRequest(target: SystemTarget, proc: Proc, request: Request): void {
  let answer: unknown;
  try {
    answer = perform(target, proc, request.args);
  } catch (error) {
    request.fail('exit', { callback_failed: error });
    return;
  }
  try {
    request.reply(answer);
  } catch {
    // The caller has been told that the answer cannot be sent.
  }
}

function perform(target: SystemTarget, proc: Proc, [operation, argument]: readonly unknown[]): unknown {
  const debug = Debug.of(proc);
  try {
    switch (operation) {
      case 'getState':
        return portable(proc.kernel, target.stateOf(proc));
      case 'replaceState':
        target.replaceStateOf(proc, argument);
        return portable(proc.kernel, target.stateOf(proc));
      case 'getStatus':
        return status(target, proc, debug);
      case 'suspend':
        debug.suspended = true;
        return undefined;
      case 'resume':
        if (debug.suspended) putBack(proc, 'saved');
        debug.suspended = false;
        return undefined;
      case 'statistics':
        return statistics(proc, debug, argument);
      case 'log':
        return log(debug, argument);
      case 'trace':
        return trace(debug, argument);
      case 'noDebug':
        debug.counts = debug.log = null;
        debug.tracer = false;
        return undefined;
      default:
        throw new MisuseError('badarg', `sys has no operation '${String(operation)}'`);
    }
  } finally {
    debug.apply(proc);
  }
}

function status(target: SystemTarget, proc: Proc, debug: Debug): Status {
  const on = { statistics: debug.counts !== null, log: debug.log !== null, trace: debug.tracer !== false };
  return {
    pid: proc.pid,
    behaviour: target.name,
    name: proc.extra?.name ?? undefined,
    parent: proc.parent ?? undefined,
    status: debug.suspended ? 'suspended' : 'running',
    debug: (['statistics', 'log', 'trace'] as const).filter((what) => on[what]),
    mailboxLength: proc.mailboxLength,
    state: portable(proc.kernel, target.stateOf(proc)),
  };
}

function statistics(proc: Proc, debug: Debug, what: unknown): unknown {
  const now = proc.kernel.host.wallTime();
  if (what === 'get') return debug.counts === null ? undefined : { ...debug.counts, currentTime: now };
  debug.counts = expectFlag('statistics', what) ? { startTime: now, messagesIn: 0, messagesOut: 0 } : null;
  return undefined;
}

function log(debug: Debug, what: unknown): unknown {
  if (what === 'get') return [...(debug.log ?? [])];
  if (typeof what === 'number' && Number.isInteger(what) && what > 0) debug.logLength = what;
  else if (expectFlag('log', what)) debug.logLength = DEFAULT_LOG_LENGTH;
  else {
    debug.log = null;
    return undefined;
  }
  debug.log = (debug.log ?? []).slice(-debug.logLength);
  return undefined;
}

function trace(debug: Debug, to: unknown): void {
  debug.tracer = to instanceof ProcessId ? (to as unknown as Pid<TraceMessage>) : expectFlag('trace', to);
}

function expectFlag(what: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new MisuseError('badarg', `sys.${what}: expected true or false, got ${String(value)}`);
}

/** The reason that `sys.terminate` asks for, if that is what the request is. */
export function terminateReason(request: Request): { reason: ExitReason } | null {
  return request.name === SYS && request.args[0] === 'terminate' ? { reason: request.args[1] as ExitReason } : null;
}

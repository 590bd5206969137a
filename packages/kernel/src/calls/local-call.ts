import { MisuseError } from '../errors.js';
import { Cast } from '../messages.js';
import { current } from '../process/current.js';
import { deliver } from '../process/deliver.js';
import { DEAD, ELSEWHERE } from '../process/flags.js';
import { attach } from '../process/owned.js';
import { resolve, type Target } from '../process/verbs.js';
import { kernel } from '../runtime.js';
import { DEFAULT_CALL_TIMEOUT_MS, never, rejectCall } from './call.js';
import { PendingCall, StrictPendingCall } from './pending-call.js';
import { Request } from './request.js';

// Requests that carry functions: they go by reference, so they stay within a thread. Replies are copied like all others.

/** `call` by the running process; `instead` tells what to do if the target turns out to live on another thread. */
export function callHere(
  target: Target,
  name: string,
  args: readonly unknown[],
  instead: string,
  timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS,
): Promise<unknown> {
  const here = kernel();
  const caller = current;
  if (caller !== null && (caller.flags & DEAD) !== 0) return never();
  const pid = resolve(here, target);
  if (pid === undefined || (pid.proc.flags & DEAD) !== 0) return rejectCall(here, caller, 'noproc', name);
  const { proc } = pid;
  if ((proc.flags & ELSEWHERE) !== 0) throw new MisuseError('not_sendable', `${String(pid)} runs elsewhere: ${instead}`);
  if (proc === caller) return rejectCall(here, caller, 'calling_self', name);
  return new Promise((settle, reject) => {
    const self = caller?.pid;
    const call =
      here.codec === null ? new PendingCall(self, name, settle, reject) : new StrictPendingCall(self, name, settle, reject, here.codec);
    if (caller !== null) attach(caller, call);
    if (timeoutMs !== Number.POSITIVE_INFINITY) here.timers.start(call, timeoutMs);
    deliver(proc, new Request(name, args, call));
  });
}

export function castHere(target: Target, name: string, args: readonly unknown[], instead: string): void {
  if (current !== null && (current.flags & DEAD) !== 0) return;
  const pid = resolve(kernel(), target);
  if (pid === undefined) return;
  if ((pid.proc.flags & ELSEWHERE) !== 0) throw new MisuseError('not_sendable', `${String(pid)} runs elsewhere: ${instead}`);
  deliver(pid.proc, new Cast(name, args));
}

import { CallError, type CallErrorCode } from '../errors.js';
import type { ProcessId } from '../identity/pid.js';
import type { RemoteName } from '../identity/remote-name.js';
import type { Kernel } from '../kernel.js';
import { deliver } from '../process/deliver.js';
import { DEAD, ELSEWHERE } from '../process/flags.js';
import { keep } from '../process/kept.js';
import { attach } from '../process/owned.js';
import type { Proc } from '../process/proc.js';
import { sendCall } from '../remote/outbound.js';
import { PendingCall, StrictPendingCall } from './pending-call.js';
import { Request } from './request.js';

export const DEFAULT_CALL_TIMEOUT_MS = 5000;

/** A promise that never settles: what a dead process gets for anything it asks. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

/** `call` by `caller`, or by nobody in particular. */
export function callByPid(
  caller: Proc | null,
  pid: ProcessId | RemoteName,
  name: string,
  args: readonly unknown[],
  timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS,
): Promise<unknown> {
  if (caller !== null && (caller.flags & DEAD) !== 0) return never();
  const { kernel } = pid.at;
  const callee = pid.proc;
  return new Promise((resolve, reject) => {
    const self = caller === null ? undefined : caller.pid;
    const call =
      kernel.codec === null
        ? new PendingCall(self, name, resolve, reject)
        : new StrictPendingCall(self, name, resolve, reject, kernel.codec);
    if (caller !== null) attach(caller, call);
    if (callee === caller) failSoon(kernel, call, 'calling_self', String(pid));
    else if ((callee.flags & DEAD) !== 0) failSoon(kernel, call, 'noproc', String(pid));
    else {
      if (timeoutMs !== Number.POSITIVE_INFINITY) kernel.turns.startTimer(call, timeoutMs);
      try {
        if ((callee.flags & ELSEWHERE) !== 0) sendCall(pid, call, args);
        else deliver(callee, new Request(name, kernel.codec === null ? args : (kernel.codec.copy(args) as unknown[]), call));
      } catch (error) {
        call.drop();
        throw error;
      }
    }
  });
}

/** Rejected calls settle as all do: later, with the caller known to be running. The error is made at once, with the caller's stack. */
function failSoon(kernel: Kernel, call: PendingCall, code: CallErrorCode, to?: string): void {
  const error = new CallError(code, code, call.name, to);
  kernel.host.microtask(() => call.failWith(error));
}

/** `to` is who was asked, for the message. */
export function rejectCall(kernel: Kernel, caller: Proc | null, code: CallErrorCode, name: string, to?: string): Promise<never> {
  if (caller === null) return Promise.reject(new CallError(code, code, name, to));
  if ((caller.flags & DEAD) !== 0) return never();
  return new Promise<never>((resolve, reject) => {
    const call = new PendingCall(caller.pid, name, resolve as (value: unknown) => void, reject);
    attach(caller, call);
    failSoon(kernel, call, code, to);
  });
}

const ignore = (): void => {};
keep(new Request('', [], new PendingCall(undefined, '', ignore, ignore)));

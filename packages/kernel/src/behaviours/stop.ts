import { isDeepStrictEqual } from 'node:util';
import { callByPid, rejectCall } from '../calls/call.js';
import { CallError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import { current } from '../process/current.js';
import { relay } from '../process/resume.js';
import { resolve, type Target } from '../process/verbs.js';
import { kernel } from '../runtime.js';
import { STOP } from './system-behaviour.js';

/** `GenServer.stop`: the request is never answered, it fails when the process ends; with the reason asked for, that is success. */
export function stopServer(target: Target, reason: ExitReason, timeoutMs: number): Promise<void> {
  const here = kernel();
  const pid = resolve(here, target);
  const ended: Promise<unknown> =
    pid === undefined ? rejectCall(here, current, 'noproc', 'stop') : callByPid(current, pid, STOP, [reason], timeoutMs);
  return relay(
    current,
    ended,
    () => undefined,
    (error) => {
      if (!CallError.is(error, 'exit') || !isDeepStrictEqual(error.reason, reason)) throw error;
    },
  );
}

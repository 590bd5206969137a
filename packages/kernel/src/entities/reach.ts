import { callByPid, never } from '../calls/call.js';
import { castTo } from '../calls/cast.js';
import { CallError, StartError } from '../errors.js';
import type { ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { current } from '../process/current.js';
import { DEAD } from '../process/flags.js';
import { relay } from '../process/resume.js';
import { kernel } from '../runtime.js';
import { sleepFor } from '../sleep.js';
import type { Activated } from './entity-host.js';
import { entityName, homeOf, isPassivated } from './placement.js';

export interface EntityTarget {
  readonly kind: string;
  readonly key: string;
  /** Of the class, for errors. */
  readonly what: string;
  readonly timeoutMs: number;
}

/** Names and groups of other nodes are behind by a message or, after a fault, until that is noticed. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 200;

export function callEntity(target: EntityTarget, request: string, args: readonly unknown[]): Promise<unknown> {
  const caller = current?.pid;
  return reach(target, request, (pid, leftMs) => {
    if (pid === caller) throw new CallError('calling_self', 'calling_self', request);
    return callByPid(null, pid, request, args, leftMs);
  });
}

export function castToEntity(target: EntityTarget, request: string, args: readonly unknown[]): Promise<void> {
  return reach(target, request, (pid) => castTo(pid, request, args));
}

export function findEntity(target: EntityTarget): Promise<ProcessId> {
  return reach(target, 'activate', (pid) => pid);
}

/** Uses the entity's process, until it turns out that it was there. */
function reach<T>(target: EntityTarget, request: string, use: (pid: ProcessId, leftMs: number) => T | Promise<T>): Promise<T> {
  if (current !== null && (current.flags & DEAD) !== 0) return never();
  return relay(current, tryToReach(kernel(), target, request, use), (value) => value);
}

async function tryToReach<T>(
  here: Kernel,
  target: EntityTarget,
  request: string,
  use: (pid: ProcessId, leftMs: number) => T | Promise<T>,
): Promise<T> {
  const deadline = here.host.now() + target.timeoutMs;
  const left = () => deadline - here.host.now();
  for (let pause = FIRST_PAUSE_MS; left() > 0; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const pid = here.uniqueNames.holds.holder(entityName(target.kind, target.key))?.pid ?? (await activate(here, target, left()));
    try {
      if (pid !== undefined && left() > 0) return await use(pid, left());
    } catch (error) {
      if (!wasNotHandled(error)) throw error;
    }
    await sleepFor(here, null, Math.max(1, Math.min(pause, left())));
  }
  throw new CallError('timeout', 'timeout', request);
}

/** Asks the host that the key falls to for the process. Undefined if that is to be tried again. */
async function activate(here: Kernel, { kind, key, what }: EntityTarget, leftMs: number): Promise<ProcessId | undefined> {
  const host = homeOf(here, kind, key);
  if (host === undefined) return;
  let answer: Activated;
  try {
    answer = (await callByPid(null, host, 'activate', [key], leftMs)) as Activated;
  } catch (error) {
    // Asking twice is harmless, and another host may be in charge by now.
    if (CallError.is(error)) return;
    throw error;
  }
  if ('pid' in answer) return answer.pid as ProcessId;
  throw new StartError(answer.code, answer.reason, `${what} '${key}'`);
}

/** It was gone before, or ended before it came to this. */
function wasNotHandled(error: unknown): boolean {
  return CallError.is(error, 'noproc') || (CallError.is(error, 'exit') && isPassivated(error.reason));
}

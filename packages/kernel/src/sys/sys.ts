import type { Process } from '../behaviours/process.js';
import type { AnyProcess, Ref } from '../behaviours/types.js';
import { callByPid, DEFAULT_CALL_TIMEOUT_MS, rejectCall } from '../calls/call.js';
import type { ExitReason } from '../exit-reason.js';
import type { Name } from '../identity/name.js';
import type { Pid } from '../identity/pid.js';
import { current } from '../process/current.js';
import { resolve } from '../process/verbs.js';
import { kernel } from '../runtime.js';
import type { Statistics } from './debug.js';
import { type Status, SYS } from './system-request.js';
import type { TraceEvent, TraceMessage } from './trace-event.js';

type Target = Pid | Name;
type Fn = (...args: never[]) => unknown;

/**
 * A server's state as `sys.getState` answers it: its fields, or for a state machine its state and its fields. `#private`
 * fields are not in it unless the class overrides `systemGetState`.
 */
export type StateOf<S> = S extends { readonly [machine]: infer State }
  ? { readonly state: State; readonly data: Fields<S> }
  : S extends AnyProcess
    ? Fields<S>
    : unknown;
type Fields<S> = { readonly [K in Exclude<keyof S, keyof Process> as K extends string ? (S[K] extends Fn ? never : K) : never]: S[K] };

/** What `sys.replaceState` takes: the fields to overwrite. */
export type StateChange<S> = S extends { readonly [machine]: infer State }
  ? { readonly state?: State; readonly data?: Partial<Fields<S>> }
  : Partial<StateOf<S>>;

/** Set on state machines. Type level only. */
export declare const machine: unique symbol;

function ask(target: Target, operation: string, argument: unknown, timeoutMs: number): Promise<unknown> {
  const here = kernel();
  const pid = resolve(here, target);
  return pid === undefined
    ? rejectCall(here, current, 'noproc', operation)
    : callByPid(current, pid, SYS, [operation, argument], timeoutMs);
}

/**
 * Looks into running servers, supervisors, state machines, channels and sockets. Everything here is a message to the process,
 * wherever it runs: it is handled in its turn, after what was sent before, and waits for an `async` handler that is under way.
 * Plain processes do not answer. All of them reject with a `CallError` as calls do; `timeoutMs` defaults to 5,000. OTP: `sys`.
 */
export const sys = {
  /**
   * The state: fields of the server, by reference on the same thread, so do not change them. What cannot be sent to a process
   * is answered as text. OTP: `sys:get_state/2`.
   */
  getState<S>(target: Ref<S> | Name, timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<StateOf<S>> {
    return ask(target, 'getState', undefined, timeoutMs) as Promise<StateOf<S>>;
  },

  /**
   * Overwrites fields, the others stay; answers the new state. For a change that depends on the state: `suspend`, `getState`,
   * `replaceState`, `resume`. Rejects with `exit` and `{ callback_failed: error }` if the class refuses; the server goes on.
   * OTP: `sys:replace_state/3`, which takes a function: functions cannot be sent.
   */
  replaceState<S>(target: Ref<S> | Name, state: StateChange<S>, timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<StateOf<S>> {
    return ask(target, 'replaceState', state, timeoutMs) as Promise<StateOf<S>>;
  },

  /** The state and what surrounds it. OTP: `sys:get_status/2`. */
  getStatus(target: Target, timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<Status> {
    return ask(target, 'getStatus', undefined, timeoutMs) as Promise<Status>;
  },

  /**
   * From now on the process handles nothing but `sys` requests and its parent's exit; other messages wait, in order. Exit
   * signals still end it. OTP: `sys:suspend/2`.
   */
  suspend(target: Target, timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<void> {
    return ask(target, 'suspend', undefined, timeoutMs) as Promise<void>;
  },

  /** OTP: `sys:resume/2`. */
  resume(target: Target, timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<void> {
    return ask(target, 'resume', undefined, timeoutMs) as Promise<void>;
  },

  statistics,

  log,

  /**
   * Tells of every message taken, every reply and the state after each message: as a `TraceMessage` to `to`, or with `true` as
   * a report, which the default logger prints. `false` ends it. OTP: `sys:trace/3`.
   */
  trace(target: Target, to: Pid<TraceMessage> | boolean, timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<void> {
    return ask(target, 'trace', to, timeoutMs) as Promise<void>;
  },

  /** Ends `statistics`, `log` and `trace`. OTP: `sys:no_debug/2`. */
  noDebug(target: Target, timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<void> {
    return ask(target, 'noDebug', undefined, timeoutMs) as Promise<void>;
  },

  /** Ends the process with `reason`, also while it is suspended; resolves at once. OTP: `sys:terminate/3`. */
  terminate(target: Target, reason: ExitReason, timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<void> {
    return ask(target, 'terminate', reason, timeoutMs) as Promise<void>;
  },
} as const;

/** Counts messages from now on, or no more. */
function statistics(target: Target, on: boolean, timeoutMs?: number): Promise<void>;
/** The counts so far; undefined when it does not count. OTP: `sys:statistics/3`. */
function statistics(target: Target, get: 'get', timeoutMs?: number): Promise<Statistics | undefined>;
function statistics(
  target: Target,
  what: boolean | 'get',
  timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS,
): Promise<Statistics | undefined | void> {
  return ask(target, 'statistics', what, timeoutMs) as Promise<Statistics | undefined>;
}

/** Keeps the last events, 10 or as many as given, or none. */
function log(target: Target, on: boolean | number, timeoutMs?: number): Promise<void>;
/** The events kept, oldest first. OTP: `sys:log/3`. */
function log(target: Target, get: 'get', timeoutMs?: number): Promise<TraceEvent[]>;
function log(target: Target, what: boolean | number | 'get', timeoutMs: number = DEFAULT_CALL_TIMEOUT_MS): Promise<TraceEvent[] | void> {
  return ask(target, 'log', what, timeoutMs) as Promise<TraceEvent[]>;
}

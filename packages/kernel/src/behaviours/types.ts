import type { Name } from '../identity/name.js';
import type { Pid } from '../identity/pid.js';
import type { MonitorRef, SystemMessage } from '../messages.js';
import type { Ignore, Next, Outcome, Stash, Stop } from '../outcome.js';
import type { MailboxBound } from '../process/bound.js';
import type { Process } from './process.js';

declare const server: unique symbol;
/** Carries the types that a class's methods cannot. Type level only. */
export declare const types: unique symbol;

/** Names the types that no method can carry: `GenServer<{ info: Tick; continue: 'load' }>`. */
export interface Types {
  info?: unknown;
  continue?: unknown;
  events?: unknown;
  states?: string;
}

/** Any process class's instance. */
export interface AnyProcess {
  readonly [types]: Types;
  init(args: never): unknown;
}

type Fn = (...args: never[]) => unknown;

/** What every object has is no request, overridden or not. */
type ObjectMember = 'constructor' | 'toString' | 'toLocaleString' | 'valueOf' | 'hasOwnProperty' | 'isPrototypeOf' | 'propertyIsEnumerable';

/** The requests of `S`: its public methods, or the events it declares. */
export type Api<S> = S extends { readonly [types]: { events: infer E } }
  ? E
  : { [K in Exclude<keyof S, keyof Process | ObjectMember> as S[K] extends Fn ? K : never]: S[K] };

/** The arguments of a request; functions cannot leave their process. */
export type Args<F> = F extends (...args: infer P) => unknown
  ? Extract<P[number], Fn> extends never
    ? P
    : ['functions cannot be sent to another process']
  : never;

export type ReplyOf<F> = F extends (...args: never[]) => infer R ? Unwrap<Awaited<R>> : never;
type Unwrap<R> = R extends Outcome<infer T> ? T : R;

/** What `S` accepts as a plain message. */
export type InfoOf<S> = S extends { readonly [types]: infer T } ? Info<T> : unknown;
export type Info<T> = T extends { info: infer I } ? I : unknown;
export type Step<T> = T extends { continue: infer C } ? C : never;

/** What `init` takes; `undefined` when it needs nothing. */
export type InitArg<S> = S extends { init(args: infer A): unknown } ? ([A] extends [never] ? undefined : A) : undefined;

/** A process (or a name) known to run `S`. At run time it is the pid alone, so it can be sent anywhere. */
export interface Ref<S> extends Pid<InfoOf<S>> {
  readonly [server]: S;
  /**
   * Sends a request and awaits its reply; other processes run meanwhile. Rejects with a `CallError`: `timeout` (default
   * 5,000 ms, a late reply is dropped), `noproc`, `noconnection`, `calling_self`, or `exit` with the reason the process
   * ended for. OTP: `gen_server:call/3`.
   */
  call<K extends keyof Api<S>>(name: K, ...args: Args<Api<S>[K]>): Promise<ReplyOf<Api<S>[K]>>;
  /** Sends a request and forgets it. Never fails. OTP: `gen_server:cast/2`. */
  cast<K extends keyof Api<S>>(name: K, ...args: Args<Api<S>[K]>): void;
  /** The same reference with another call timeout, in milliseconds; `Infinity` waits for ever. */
  within(timeoutMs: number): Ref<S>;
}

/** What a callback without a reply may return. */
export type After = void | Next | Stash | Stop<never>;
export type Later<T> = T | Promise<T>;

/**
 * Where a process is started: on its starter's thread, on the schedulers in turn, on the one with the fewest processes, on a
 * given one (counted from 0 among those that run), or on the one that a key falls to, the same from every thread.
 */
export type Thread = 'same' | 'spread' | 'leastLoaded' | number | { readonly key: string };

/** A placement as the kernel takes it; `scheduler` is a thread's own number. */
export type Placement = Thread | { readonly scheduler: number };

export interface StartOptions {
  /** Registered before `init` runs; free again before anyone sees the process's end. */
  name?: Name;
  /** How long `init` may take, in milliseconds; then the process is killed and the start fails with `timeout`. Default: no limit. */
  timeoutMs?: number;
  thread?: Thread;
  /** How many messages may wait, and what becomes of more. Default: no limit. */
  mailbox?: MailboxBound;
}

export type StartArgs<S> =
  undefined extends InitArg<S> ? [args?: InitArg<S>, options?: StartOptions] : [args: InitArg<S>, options?: StartOptions];

declare const inherited: unique symbol;
/** Marks the `init` of the base classes, which allows to answer `ignore()` but does not. Type level only. */
export interface Inherited {
  readonly [inherited]: never;
}

/** A reference; or `undefined` too, when the class's own `init` may answer `ignore()`. */
export type Started<S> = S extends { init(args: never): infer R }
  ? Extract<Awaited<R>, Ignore> extends never
    ? Ref<S>
    : Inherited extends Awaited<R>
      ? Ref<S>
      : Ref<S> | undefined
  : Ref<S>;

export type ProcessClass<S> = new () => S;

export interface MonitorOptions {
  /** The `type` that the message has instead of `'DOWN'`. */
  tag?: string;
}

export type { MonitorRef, SystemMessage };

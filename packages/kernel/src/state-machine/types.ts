import type { Info, Later, Types, types } from '../behaviours/types.js';
import type { SystemMessage } from '../messages.js';
import type { Next, NoReply, Reply, Stop } from '../outcome.js';
import type { Transition } from './transition.js';

/** Names the types of a state machine: `GenStateMachine<{ states: 'on' | 'off'; events: { push(): void } }>`. */
export interface MachineTypes extends Types {
  states: string;
  /** What others may call and cast: an interface of methods, whose return types are the replies. */
  events: object;
  /** Events that only the machine itself can insert. */
  internal?: object;
  /** Names of generic timeouts. */
  timeouts?: string;
}

type Fn = (...args: never[]) => unknown;
type Events<T> = T extends { events: infer E } ? E : never;
type Internal<T> = T extends { internal: infer I } ? I : {};
export type StateName<T> = T extends { states: infer S extends string } ? S : never;
export type TimeoutName<T> = T extends { timeouts: infer N extends string } ? N : never;

type EventTuple<E> = { [K in keyof E & string]: E[K] extends (...args: infer A) => unknown ? [event: K, ...args: A] : never }[keyof E &
  string];
/** An event to insert, with its arguments. */
export type Inserted<T> = Readonly<EventTuple<Events<T>> | EventTuple<Internal<T>>>;

/** What a handler without a caller may return. */
type Consequence = void | Transition<void> | Transition<never> | Next | Stop<never>;

type On<M, F> = F extends Fn
  ? (
      this: M,
      ...args: Parameters<F>
    ) => Later<
      | ReturnType<F>
      | Transition<ReturnType<F>>
      | Transition<never>
      | Reply<ReturnType<F>>
      | NoReply<ReturnType<F>>
      | Stop<ReturnType<F>>
      | Stop<never>
    >
  : never;

/** The handlers of one state: of its events, and of what every state can get. */
export type StateHandlers<M, T> = { readonly [K in keyof Events<T>]?: On<M, Events<T>[K]> } & {
  /** Whenever the state is entered or repeated, before any event. It may set timeouts, not change the state. OTP: state enter call. */
  enter?(this: M, from: StateName<T>): Later<void | Transition<void>>;
  stateTimeout?(this: M): Later<Consequence>;
  eventTimeout?(this: M): Later<Consequence>;
  timeout?(this: M, name: TimeoutName<T>): Later<Consequence>;
  /** Plain messages, `Down` and `Exit`. */
  info?(this: M, message: Info<T> | SystemMessage): Later<Consequence>;
  readonly internal?: {
    readonly [K in keyof Internal<T>]?: Internal<T>[K] extends Fn
      ? (this: M, ...args: Parameters<Internal<T>[K]>) => Later<Consequence>
      : never;
  };
};

/**
 * The handler table of a machine: per state what it handles; under `'*'` what states handle that do not say otherwise. An event
 * that is in neither goes to `handleCall`, `handleCast` or `handleInfo`, which end the process, as a missing clause does.
 */
export type States<M> = M extends { readonly [types]: infer T }
  ? { readonly [State in StateName<T>]: StateHandlers<M, T> } & { readonly '*'?: StateHandlers<M, T> }
  : never;

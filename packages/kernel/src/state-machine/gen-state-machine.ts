import type { Behaviour } from '../behaviours/behaviour.js';
import type { Server } from '../behaviours/callbacks.js';
import { construct, PROC } from '../behaviours/instance.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import type { Later } from '../behaviours/types.js';
import { ExitThrow } from '../errors.js';
import type { From, Ignore, Stop } from '../outcome.js';
import { keepLayout } from '../process/kept.js';
import type { machine } from '../sys/sys.js';
import type { Machine } from './machine.js';
import { MACHINE, MachineBehaviour } from './machine-behaviour.js';
import { type Answer, checkOptions, type Postpone, Transition, type TransitionOptions } from './transition.js';
import type { MachineTypes } from './types.js';

/**
 * A state machine: in each state its own handlers, in one table, `static states: States<Door> = { ... }`; data are fields. A
 * handler's plain value is the reply and keeps the state; `this.next(state)` goes to another. A postponed event is handled
 * again, in order, after the next change of state. The state timeout ends with the state, the event timeout with any event;
 * generic timeouts only fire or are cancelled. All rules are those of OTP's `gen_statem`.
 */
export abstract class GenStateMachine<T extends MachineTypes = MachineTypes> extends Process<T> {
  static override readonly [BASE] = true;
  declare readonly [machine]: T['states'];
  /** @internal */
  [MACHINE]: Machine | null = null;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => Server;
    const terminates = Class.prototype.terminate !== Process.prototype.terminate;
    keepLayout(Class, GenStateMachine);
    return new MachineBehaviour(Class.name, Class, (proc) => construct(Class, proc), terminates);
  }

  /** The process's first turn: answers the first state, `this.next('closed')`. Its `enter` runs after the start is reported. */
  abstract override init(args: never): Later<Transition<void> | Ignore | Stop<never>>;

  /** Calls that the state does not handle. The default ends the process. */
  override handleCall(name: string, _args: readonly unknown[], _from: From<unknown>): unknown {
    throw new ExitThrow({ bad_call: name, state: this.currentState });
  }
  /** Casts that the state does not handle. The default ends the process. */
  override handleCast(name: string, _args: readonly unknown[]): Later<unknown> {
    throw new ExitThrow({ bad_cast: name, state: this.currentState });
  }
  /** Plain messages that the state does not handle. The default ends the process, as in `gen_statem`. */
  override handleInfo(message: unknown): Later<unknown> {
    throw new ExitThrow({ bad_info: message, state: this.currentState });
  }

  /** The state it is in; while a state is entered, still the one it comes from. */
  protected get currentState(): T['states'] {
    return (this[MACHINE]?.state ?? '') as T['states'];
  }

  /**
   * Return it to go to a state, or to stay in it when it is the current one. A call is answered with `reply` (nothing is
   * `undefined`), later with `noreply: from`, or not now with `postpone: true`. OTP: `{next_state, State, Data, Actions}`.
   */
  protected next(state: T['states'], options: TransitionOptions<T> & Postpone): Transition<never>;
  protected next<R = void>(state: T['states'], options?: TransitionOptions<T> & Answer<R>): Transition<NoInfer<R>>;
  protected next(state: string, options: object = {}): Transition<unknown> {
    return new Transition(state, false, checkOptions(options));
  }

  /** Return it to stay, with options. OTP: `{keep_state, Data, Actions}`. */
  protected keep(options: TransitionOptions<T> & Postpone): Transition<never>;
  protected keep<R = void>(options?: TransitionOptions<T> & Answer<R>): Transition<NoInfer<R>>;
  protected keep(options: object = {}): Transition<unknown> {
    return new Transition(null, false, checkOptions(options));
  }

  /**
   * Return it to enter the current state anew: its `enter` runs; the state timeout goes on, and what is postponed stays so. OTP:
   * `{repeat_state, Data, Actions}`.
   */
  protected repeat(options: TransitionOptions<T> & Postpone): Transition<never>;
  protected repeat<R = void>(options?: TransitionOptions<T> & Answer<R>): Transition<NoInfer<R>>;
  protected repeat(options: object = {}): Transition<unknown> {
    return new Transition(null, true, checkOptions(options));
  }

  /** Return it to have the event handled again, after the next change of state. OTP: `postpone`. */
  protected postpone(): Transition<never> {
    return new Transition(null, false, { postpone: true });
  }

  /** How many events wait for a change of state. */
  protected get postponed(): number {
    return this[PROC].instance === null ? 0 : (this[MACHINE]?.postponed ?? 0);
  }
}

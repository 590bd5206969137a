import { PROC, takeStarting } from '../behaviours/instance.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { BASE } from '../behaviours/request-table.js';
import type { Later } from '../behaviours/types.js';
import { ExitThrow, MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Pid } from '../identity/pid.js';
import type { Proc } from '../process/proc.js';
import { RemoveHandler, SwapHandler } from './handler-outcome.js';

/** The parameter of a handler's `init`. */
export type HandlerArgs<H> = H extends { init(args: infer A, previous?: unknown): unknown }
  ? [A] extends [never]
    ? undefined
    : A
  : undefined;

/** A handler's class, or one of several of that class. OTP: `Module` and `{Module, Id}`. */
export type HandlerSpec<H> = (new () => H) | { readonly handler: new () => H; readonly id: string };

type Fn = (...args: never[]) => unknown;

/** What a handler can be called with: its public methods. */
export type HandlerApi<H> = { [K in Exclude<keyof H, keyof EventHandler> as H[K] extends Fn ? K : never]: H[K] };

/** What another handler takes over with. */
export interface SwapOptions<T> {
  /** Given to this handler's `terminate`; what that returns is the second argument of the other one's `init`. */
  readonly why?: unknown;
  /** The answer, if this handler was called. */
  readonly reply?: T;
}

/**
 * What an event manager does with its events: any number of handlers hear each one. A handler lives in its manager's process
 * and keeps its state in fields; its public methods are for `EventManager.call`. If it throws, or returns anything else than
 * it may, it alone is removed. OTP: a callback module of `gen_event`.
 */
export abstract class EventHandler<E = unknown> {
  static readonly [BASE] = true;
  /** @internal */
  readonly [PROC]: Proc;

  constructor() {
    this[PROC] = takeStarting();
  }

  /** @internal Lets handler classes travel between threads by name. */
  static [makeBehaviour](this: unknown): never {
    throw new MisuseError(
      'bad_child_spec',
      `${(this as { name: string }).name} is an event handler and no process: add it to an EventManager`,
    );
  }

  /** Its start. `previous` is what the `terminate` of a handler that it replaces returned, `'error'` if there was none. */
  init(_args: never, _previous?: unknown): unknown {
    return;
  }

  /** Each event. Return nothing, `this.remove()` or `this.swap(...)`. */
  abstract handleEvent(event: E): Later<void | RemoveHandler<never> | SwapHandler<never>>;

  /** Calls for which the class has no method. The default removes the handler. */
  handleCall(name: string, _args: readonly unknown[]): unknown {
    throw new ExitThrow({ bad_call: name });
  }

  /** Other messages to the manager. */
  handleInfo(_message: unknown): Later<unknown> {
    return;
  }

  /**
   * It is being removed. `why`: what `deleteHandler`, `swapHandler` or `this.swap` gave; `'stop'` when its manager ends,
   * `'removeHandler'`, `{ stop: reason }` when the process that answers for it has ended, `{ error: reason }` for its own failure.
   */
  terminate(_why: unknown): unknown {
    return;
  }

  /** The manager's process. */
  protected get self(): Pid {
    return this[PROC].pid;
  }

  /** Return it to leave; with the answer, if called. OTP: `remove_handler`. */
  protected remove(): RemoveHandler<never>;
  protected remove<T>(reply: T): RemoveHandler<T>;
  protected remove(reply?: unknown): RemoveHandler<unknown> {
    return new RemoveHandler(reply);
  }

  /** Return it to be replaced by another handler. OTP: `swap_handler`. */
  protected swap<H extends EventHandler<never>, T = never>(
    to: HandlerSpec<H>,
    args: HandlerArgs<H>,
    options: SwapOptions<T> = {},
  ): SwapHandler<T> {
    return new SwapHandler(to, args, options.why, options.reply);
  }
}

/** Sent to the process that added a handler with `addSupHandler`, when that is gone. OTP: `{gen_event_EXIT, Handler, Reason}`. */
export interface HandlerExit {
  readonly type: 'handlerExit';
  readonly manager: Pid;
  /** The name of the handler's class. */
  readonly handler: string;
  readonly id: string | undefined;
  /** `normal`: it was removed; `shutdown`: its manager ended; `{ swapped }`: by another one, at that process's wish; else why it failed. */
  readonly reason: ExitReason | { readonly swapped: string; readonly by: Pid };
}

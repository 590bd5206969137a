import type { Behaviour } from '../behaviours/behaviour.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { Args, Inherited, Later, Ref, ReplyOf } from '../behaviours/types.js';
import { DEFAULT_CALL_TIMEOUT_MS } from '../calls/call.js';
import { MisuseError, StartError } from '../errors.js';
import { describeReason, type ExitReason } from '../exit-reason.js';
import { Handle } from '../identity/handle.js';
import type { Name } from '../identity/name.js';
import type { ProcessId } from '../identity/pid.js';
import type { Ignore, Stop } from '../outcome.js';
import { current } from '../process/current.js';
import { relay } from '../process/resume.js';
import { kernel } from '../runtime.js';
import type { EventHandler, HandlerApi, HandlerArgs, HandlerSpec } from './event-handler.js';
import { EventServer, type HandlerAnswer } from './event-server.js';

/** Carries the type of the events. Type level only. */
declare const events: unique symbol;

/** An event manager by reference, or by name. */
export type EventTarget<E> = Ref<EventManager<E>> | Name;

type ArgsFor<H> = undefined extends HandlerArgs<H> ? [args?: HandlerArgs<H>] : [args: HandlerArgs<H>];

export type HandlerErrorCode = 'bad_module' | 'module_not_found' | 'exit';

/** `bad_module`, `module_not_found`: the manager has no such handler; `exit`: the handler failed, with `reason`. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError';
  readonly code: HandlerErrorCode;
  readonly reason: ExitReason;

  constructor(code: HandlerErrorCode, reason: ExitReason, handler: string) {
    super(
      `event handler ${handler}: ${code === 'exit' ? `it failed (${describeReason(reason)})` : 'the manager has no such handler'}`,
      reason instanceof Error ? { cause: reason } : {},
    );
    this.code = code;
    this.reason = reason;
  }
}

/**
 * A process that hands each event to all its handlers, one after the other, the latest added first: `class Bus extends
 * EventManager<BusEvent> {}`. A handler that fails is removed and reported, the others and the manager go on. OTP: `gen_event`.
 */
export class EventManager<E = unknown> extends Process {
  static override readonly [BASE] = true;
  declare readonly [events]: E;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => EventManager;
    return new ServerBehaviour(Class.name, EventServer, (proc) => new EventServer(proc, Class), true, true);
  }

  override init(_args: never): Later<void | Ignore | Stop<never> | Inherited> {}

  /** Adds a handler; resolves when its `init` is done. Rejects with a `StartError` if that fails. OTP: `add_handler/3`. */
  static addHandler<E, H extends EventHandler<E>>(manager: EventTarget<E>, handler: HandlerSpec<H>, ...[args]: ArgsFor<H>): Promise<void> {
    return ask(manager, 'addHandler', [handler, args, false], handler, nothing);
  }

  /**
   * Adds a handler that the running process answers for: its end removes the handler, and it gets a `HandlerExit` when the
   * handler is gone. Both are linked from then on. OTP: `add_sup_handler/3`.
   */
  static addSupHandler<E, H extends EventHandler<E>>(
    manager: EventTarget<E>,
    handler: HandlerSpec<H>,
    ...[args]: ArgsFor<H>
  ): Promise<void> {
    checkRunning('addSupHandler');
    return ask(manager, 'addHandler', [handler, args, true], handler, nothing);
  }

  /** Removes a handler: what its `terminate`, given `why`, returns. Rejects with a `HandlerError`. OTP: `delete_handler/3`. */
  static deleteHandler<E>(manager: EventTarget<E>, handler: HandlerSpec<EventHandler<never>>, why?: unknown): Promise<unknown> {
    return ask(manager, 'deleteHandler', [handler, why], handler, (value) => value);
  }

  /**
   * Puts one handler in place of another: `why` is given to the old one's `terminate`, and what that returns is the second
   * argument of the new one's `init`; `'error'` if there is no old one. Rejects as `addHandler` does; the old one is gone
   * all the same. OTP: `swap_handler/3`.
   */
  static swapHandler<E, H extends EventHandler<E>>(
    manager: EventTarget<E>,
    from: readonly [handler: HandlerSpec<EventHandler<never>>, why: unknown],
    to: readonly [handler: HandlerSpec<H>, ...args: ArgsFor<H>],
  ): Promise<void> {
    return ask(manager, 'swapHandler', [from[0], from[1], to[0], to[1], false], to[0], nothing);
  }

  /** As `swapHandler`, with the running process answering for the new handler. OTP: `swap_sup_handler/3`. */
  static swapSupHandler<E, H extends EventHandler<E>>(
    manager: EventTarget<E>,
    from: readonly [handler: HandlerSpec<EventHandler<never>>, why: unknown],
    to: readonly [handler: HandlerSpec<H>, ...args: ArgsFor<H>],
  ): Promise<void> {
    checkRunning('swapSupHandler');
    return ask(manager, 'swapHandler', [from[0], from[1], to[0], to[1], true], to[0], nothing);
  }

  /** Sends an event and does not wait. Never fails. OTP: `notify/2`. */
  static notify<E>(manager: EventTarget<E>, event: NoInfer<E>): void {
    handleOf(manager, undefined).cast('notify', event);
  }

  /** Sends an event and waits until all handlers have handled it. OTP: `sync_notify/2`. */
  static syncNotify<E>(manager: EventTarget<E>, event: NoInfer<E>): Promise<void> {
    return handleOf(manager, Number.POSITIVE_INFINITY).call('notify', event) as Promise<void>;
  }

  /**
   * Calls a method of one handler. Rejects with a `HandlerError`, or as `ref.call` does; the time limit is that of the
   * reference (`bus.within(100)`), 5,000 ms by default. OTP: `gen_event:call/4`.
   */
  static override call<E, H extends EventHandler<never>, K extends keyof HandlerApi<H>>(
    manager: EventTarget<E>,
    handler: HandlerSpec<H>,
    name: K,
    ...args: Args<HandlerApi<H>[K]>
  ): Promise<ReplyOf<HandlerApi<H>[K]>> {
    const timeoutMs = (manager instanceof Handle ? manager.timeoutMs : undefined) ?? DEFAULT_CALL_TIMEOUT_MS;
    const read = (value: unknown): ReplyOf<HandlerApi<H>[K]> => value as ReplyOf<HandlerApi<H>[K]>;
    return ask(manager, 'callHandler', [handler, name, args], handler, read, timeoutMs);
  }

  /** The handlers, in the order in which they hear events. OTP: `which_handlers/1`. */
  static whichHandlers<E>(
    manager: EventTarget<E>,
  ): Promise<{ readonly handler: new () => EventHandler<never>; readonly id: string | undefined }[]> {
    return handleOf(manager, Number.POSITIVE_INFINITY).call('whichHandlers') as Promise<never>;
  }
}

function nothing(): void {}

function checkRunning(verb: string): void {
  if (current !== null) return;
  throw new MisuseError(
    'no_process',
    `EventManager.${verb}() was called where no process is known to be running, so there is nobody to answer for the handler`,
  );
}

function handleOf<E>(manager: EventTarget<E>, timeoutMs: number | undefined): Handle {
  const target = manager instanceof Handle ? manager.target : (manager as ProcessId | Name);
  return new Handle(kernel(), target, timeoutMs);
}

/** A request whose answer says how it went. */
function ask<E, R>(
  manager: EventTarget<E>,
  request: string,
  args: readonly unknown[],
  handler: unknown,
  read: (value: unknown) => R,
  timeoutMs: number = Number.POSITIVE_INFINITY,
): Promise<R> {
  const answer = handleOf(manager, timeoutMs).call(request, ...args) as Promise<HandlerAnswer>;
  return relay(current, answer, (outcome) => {
    if (outcome.ok) return read(outcome.value);
    const name = describe(handler);
    if (outcome.code === 'init_failed' || outcome.code === 'not_registered')
      throw new StartError(outcome.code, outcome.reason, `event handler ${name}`);
    throw new HandlerError(outcome.code, outcome.reason as ExitReason, name);
  });
}

function describe(handler: unknown): string {
  if (typeof handler === 'function') return handler.name;
  const { handler: Class, id } = (handler ?? {}) as { handler?: { name?: string }; id?: string };
  return `${Class?.name ?? String(handler)} '${id}'`;
}

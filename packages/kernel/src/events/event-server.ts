import { thrownReason } from '../behaviours/behaviour.js';
import type { Server } from '../behaviours/callbacks.js';
import { construct } from '../behaviours/instance.js';
import type { Launchable } from '../behaviours/launch.js';
import { requestTable } from '../behaviours/request-table.js';
import type { Request } from '../calls/request.js';
import { classNameOf } from '../classes.js';
import { MisuseError } from '../errors.js';
import { type ExitReason, isOrderly } from '../exit-reason.js';
import type { ProcessId } from '../identity/pid.js';
import { ExitMessage } from '../messages.js';
import { Outcome, Reply } from '../outcome.js';
import { crashed } from '../process/crash.js';
import { TRAP } from '../process/flags.js';
import type { Proc } from '../process/proc.js';
import { link } from '../process/verbs.js';
import { awaitPromise } from '../process/wait.js';
import type { Steps } from '../supervision/children.js';
import { EventHandler, type HandlerExit, type HandlerSpec } from './event-handler.js';
import { RemoveHandler, SwapHandler } from './handler-outcome.js';

type HandlerClass = new () => EventHandler;

/** How a request about handlers went. */
export type HandlerAnswer =
  | { readonly ok: true; readonly value?: unknown }
  | {
      readonly ok: false;
      readonly code: 'bad_module' | 'module_not_found' | 'exit' | 'init_failed' | 'not_registered';
      readonly reason: unknown;
    };

interface Installed {
  readonly Class: HandlerClass;
  readonly id: string | undefined;
  readonly instance: EventHandler;
  /** The process that is told when the handler is gone, and whose end removes it. */
  readonly owner: ProcessId | null;
}

type Result = { readonly value: unknown } | { readonly crash: ExitReason };

const requests = new WeakMap<HandlerClass, Map<string, (...args: never[]) => unknown>>();

/** The process of an event manager, after `gen_event.erl`: the latest handler comes first. */
export class EventServer implements Server {
  readonly #proc: Proc;
  readonly #user: { init(args: never): unknown };
  readonly #name: string;
  #handlers: Installed[] = [];

  constructor(proc: Proc, Class: new () => { init(args: never): unknown }) {
    this.#proc = proc;
    this.#user = construct(Class, proc);
    this.#name = Class.name;
  }

  *init(args: unknown): Steps<unknown> {
    this.#proc.flags |= TRAP;
    const result = this.#user.init(args as never);
    return result instanceof Promise ? yield* awaitPromise(this.#proc, result) : result;
  }

  // ---------------------------------------------------------------- requests

  *notify(event: unknown): Steps {
    yield* this.#each((handler) => handler.handleEvent(event));
  }

  *addHandler(spec: unknown, args: unknown, supervised: boolean): Steps<HandlerAnswer> {
    return yield* this.#add(spec, [args], supervised ? this.#caller() : null);
  }

  *deleteHandler(spec: unknown, why: unknown): Steps<HandlerAnswer> {
    const found = this.#find(spec);
    if (found === undefined) return { ok: false, code: 'module_not_found', reason: 'module_not_found' };
    const result = yield* this.#remove(found, why, 'normal');
    return 'crash' in result ? { ok: false, code: 'exit', reason: result.crash } : { ok: true, value: result.value };
  }

  *swapHandler(from: unknown, why: unknown, to: unknown, args: unknown, supervised: boolean): Steps<HandlerAnswer> {
    const found = this.#find(from);
    const owner = supervised ? this.#caller() : (found?.owner ?? null);
    const previous = found === undefined ? 'error' : yield* this.#retire(found, why, to, owner);
    return yield* this.#add(to, [args, previous], owner);
  }

  *callHandler(spec: unknown, name: string, args: readonly unknown[]): Steps<HandlerAnswer> {
    const found = this.#find(spec);
    if (found === undefined) return { ok: false, code: 'bad_module', reason: 'bad_module' };
    const method = methodsOf(found.Class).get(name);
    const result = yield* this.#attempt(() =>
      method === undefined ? found.instance.handleCall(name, args) : method.apply(found.instance, args as never[]),
    );
    if (!this.#handlers.includes(found)) return { ok: false, code: 'bad_module', reason: 'bad_module' };
    if ('crash' in result) {
      yield* this.#failed(found, result.crash);
      return { ok: false, code: 'exit', reason: result.crash };
    }
    const { value } = result;
    if (value instanceof RemoveHandler || value instanceof SwapHandler) {
      yield* this.#leave(found, value);
      return { ok: true, value: value.value };
    }
    if (value instanceof Reply) return { ok: true, value: value.value };
    if (!(value instanceof Outcome)) return { ok: true, value };
    const reason = { bad_return_value: value };
    yield* this.#failed(found, reason);
    return { ok: false, code: 'exit', reason };
  }

  whichHandlers(): { handler: HandlerClass; id: string | undefined }[] {
    return this.#handlers.map(({ Class, id }) => ({ handler: Class, id }));
  }

  // ---------------------------------------------------------------- other messages

  *handleInfo(message: unknown): Steps {
    if (message instanceof ExitMessage) {
      for (const handler of [...this.#handlers]) {
        if (handler.owner?.equals(message.pid)) {
          yield* this.#remove(handler, { stop: message.reason }, null);
        }
      }
    }
    yield* this.#each((handler) => handler.handleInfo(message));
  }

  handleCall(name: string): never {
    throw new MisuseError('badarg', `an event manager has no request '${name}': use EventManager.call for its handlers`);
  }

  handleCast(name: string): never {
    throw new MisuseError('badarg', `an event manager has no request '${name}': use EventManager.notify`);
  }

  handleContinue(): undefined {
    return undefined;
  }

  *terminate(): Steps {
    for (const handler of [...this.#handlers]) yield* this.#remove(handler, 'stop', 'shutdown');
  }

  // ---------------------------------------------------------------- steps

  *#each(act: (handler: EventHandler) => unknown): Steps {
    for (const handler of [...this.#handlers]) {
      if (!this.#handlers.includes(handler)) continue;
      const result = yield* this.#attempt(() => act(handler.instance));
      if (!this.#handlers.includes(handler)) continue;
      if ('crash' in result) yield* this.#failed(handler, result.crash);
      else if (result.value instanceof RemoveHandler || result.value instanceof SwapHandler) yield* this.#leave(handler, result.value);
      else if (result.value !== undefined) yield* this.#failed(handler, { bad_return_value: result.value });
    }
  }

  /** As in OTP a thrown value is taken for the callback's return value; only an outcome can be a valid one. */
  *#attempt(act: () => unknown): Steps<Result> {
    try {
      const value = act();
      return { value: value instanceof Promise ? yield* awaitPromise(this.#proc, value) : value };
    } catch (thrown) {
      if (!this.#proc.alive) throw thrown;
      const reason = thrownReason(thrown);
      if (reason !== undefined) return { crash: reason };
      return thrown instanceof Outcome ? { value: thrown } : { crash: { bad_return_value: thrown } };
    }
  }

  *#add(spec: unknown, args: readonly unknown[], owner: ProcessId | null): Steps<HandlerAnswer> {
    const at = specOf(spec);
    if (at === undefined) {
      return {
        ok: false,
        code: 'not_registered',
        reason: new MisuseError(
          'not_registered',
          `expected a class that extends EventHandler, registered on the manager's thread, got ${nameOf(spec)}`,
        ),
      };
    }
    if (owner !== null) link(this.#proc, owner);
    const made = yield* this.#make(at, args, owner);
    if ('instance' in made) {
      this.#handlers.unshift(made);
      return { ok: true };
    }
    return { ok: false, code: 'init_failed', reason: made.crash };
  }

  *#make(
    at: { Class: HandlerClass; id: string | undefined },
    args: readonly unknown[],
    owner: ProcessId | null,
  ): Steps<Installed | { crash: unknown }> {
    let instance: EventHandler | undefined;
    const result = yield* this.#attempt(() => {
      instance = construct(at.Class, this.#proc);
      return (instance.init as (...args: readonly unknown[]) => unknown)(...args);
    });
    if ('crash' in result) return result;
    if (result.value !== undefined || instance === undefined) return { crash: { bad_return_value: result.value } };
    return { ...at, instance, owner };
  }

  *#failed(handler: Installed, reason: ExitReason): Steps {
    if (!isOrderly(reason)) {
      crashed(this.#proc, reason, () => handler.instance, `${nameOf(handler.Class)} in ${this.#name}`);
    }
    yield* this.#remove(handler, { error: reason }, reason);
  }

  *#leave(handler: Installed, outcome: RemoveHandler<unknown> | SwapHandler<unknown>): Steps {
    if (outcome instanceof RemoveHandler) {
      yield* this.#remove(handler, 'removeHandler', 'normal');
      return;
    }
    const place = this.#handlers.indexOf(handler);
    const previous = yield* this.#retire(handler, outcome.why, outcome.to, handler.owner);
    const at = specOf(outcome.to);
    const made = at === undefined ? { crash: 'not_registered' } : yield* this.#make(at, [outcome.args, previous], handler.owner);
    if ('instance' in made) this.#handlers.splice(place, 0, made);
    else this.#tell(handler.owner, nameOf(outcome.to), at?.id, made.crash as ExitReason);
  }

  /** Ends a handler that another one replaces; what the new one is told of it. */
  *#retire(handler: Installed, why: unknown, to: unknown, by: ProcessId | null): Steps<unknown> {
    const result = yield* this.#remove(handler, why, { swapped: nameOf(to), by: by ?? this.#proc.pid });
    return 'crash' in result ? { error: result.crash } : result.value;
  }

  /** Out of the list first: whatever its `terminate` does, it hears nothing more. */
  *#remove(handler: Installed, why: unknown, reason: HandlerExit['reason'] | null): Steps<Result> {
    this.#handlers = this.#handlers.filter((other) => other !== handler);
    const result = yield* this.#attempt(() => handler.instance.terminate(why));
    if (reason !== null) this.#tell(handler.owner, nameOf(handler.Class), handler.id, reason);
    return result;
  }

  #tell(owner: ProcessId | null, handler: string, id: string | undefined, reason: HandlerExit['reason']): void {
    owner?.send({ type: 'handlerExit', manager: this.#proc.pid, handler, id, reason } satisfies HandlerExit);
  }

  /** Who asks. */
  #caller(): ProcessId | null {
    return ((this.#proc.owed as Request | null)?.pid as ProcessId | undefined) ?? null;
  }

  #find(spec: unknown): Installed | undefined {
    const at = specOf(spec);
    return at === undefined ? undefined : this.#handlers.find(({ Class, id }) => Class === at.Class && id === at.id);
  }
}

function methodsOf(Class: HandlerClass): Map<string, (...args: never[]) => unknown> {
  let methods = requests.get(Class);
  if (methods === undefined) requests.set(Class, (methods = requestTable(Class)));
  return methods;
}

function specOf(spec: unknown): { Class: HandlerClass; id: string | undefined } | undefined {
  const { handler, id } = (typeof spec === 'object' && spec !== null ? spec : { handler: spec, id: undefined }) as {
    handler?: unknown;
    id?: string;
  };
  if (typeof handler !== 'function' || !(handler.prototype instanceof EventHandler)) return undefined;
  return { Class: handler as HandlerClass, id };
}

function nameOf(spec: unknown): string {
  const handler =
    typeof spec === 'object' && spec !== null ? (spec as HandlerSpec<EventHandler> & object as { handler?: unknown }).handler : spec;
  return typeof handler === 'function' ? classNameOf(handler as unknown as Launchable) : String(handler);
}

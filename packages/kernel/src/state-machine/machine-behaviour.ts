import { INIT, OTHER, type Server } from '../behaviours/callbacks.js';
import { ServerBehaviour } from '../behaviours/server.js';
import { isParent, isSystem } from '../behaviours/system-behaviour.js';
import { Request } from '../calls/request.js';
import { ExitThrow, MisuseError } from '../errors.js';
import { Cast, ExitMessage } from '../messages.js';
import { Next, NoReply, Outcome, Reply, Stop } from '../outcome.js';
import { DEAD, WAKE, WATCHED } from '../process/flags.js';
import type { Proc } from '../process/proc.js';
import { InsertedEvent, Machine, TimeoutEvent } from './machine.js';
import { TimeoutExpired } from './machine-timers.js';
import { type Handler, type StateEntry, stateTable } from './state-table.js';
import { Transition } from './transition.js';

/** Where a machine's object keeps its queues. */
export const MACHINE: unique symbol = Symbol('machine');

interface Instance extends Server {
  [MACHINE]: Machine | null;
}

/** The loop of `gen_statem`: one object per class. */
export class MachineBehaviour extends ServerBehaviour {
  readonly #table: Map<string, StateEntry>;

  constructor(
    name: string,
    Class: { readonly prototype: object; readonly states?: unknown },
    create: (proc: Proc) => Server,
    terminates: boolean,
  ) {
    super(name, Class, create, terminates, false);
    this.#table = stateTable(name, Class.states);
  }

  override wake(proc: Proc): void {
    this.failByStray(proc);
    const machine = proc.instance === null ? null : machineOf(proc);
    if (machine === null) this.start(proc);
    else if (machine.pending) this.#take(proc, machine, machine.takePending());
  }

  override handle(proc: Proc, message: unknown): void {
    if ((proc.flags & WATCHED) !== 0 && this.intercept(proc, message)) return;
    if (isSystem(message)) {
      proc.owed = message;
      if (this.system(proc, message)) return;
    }
    const machine = machineOf(proc);
    if (message instanceof TimeoutExpired) {
      if (machine.timers.take(message.timer)) this.#take(proc, machine, new TimeoutEvent(message.timer.key));
    } else if (message instanceof ExitMessage && isParent(proc, message)) this.stop(proc, new Stop(message.reason, false, undefined));
    else this.#take(proc, machine, message);
  }

  override stateOf(proc: Proc): unknown {
    return { state: machineOf(proc).state, data: super.stateOf(proc) };
  }

  override replaceStateOf(proc: Proc, given: unknown): void {
    const { state, data } = given as { state?: string; data?: unknown };
    if (state !== undefined) {
      this.#expectState(state);
      machineOf(proc).state = state;
    }
    if (data !== undefined) super.replaceStateOf(proc, data);
  }

  // ---------------------------------------------------------------- start

  protected override result(proc: Proc, at: number, result: unknown, message?: unknown): void {
    const plain = at === INIT && !(result instanceof Outcome) && typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function';
    if (plain && proc.alive) this.#badReturn(proc, 'bad_return_from_init', result);
    else super.result(proc, at, result, message);
  }

  protected override outcome(proc: Proc, at: number, outcome: Outcome<unknown>): void {
    if (at !== INIT || !(outcome instanceof Transition)) super.outcome(proc, at, outcome);
    else this.#begin(proc, outcome);
  }

  #begin(proc: Proc, { state, options }: Transition<unknown>): void {
    this.#expectState(state);
    const machine = new Machine(proc, state);
    (proc.instance as Instance)[MACHINE] = machine;
    this.ready(proc, undefined);
    machine.collect({ ...options, postpone: false });
    this.#arrive(proc, machine, true);
  }

  // ---------------------------------------------------------------- events

  #take(proc: Proc, machine: Machine, event: unknown): void {
    machine.begin(event);
    this.enter(OTHER);
    const entry = this.#entry(machine.state);
    const instance = proc.instance as Instance;
    let result: unknown;
    if (event instanceof Request) {
      proc.owed = event;
      const handler = entry.events.get(event.name);
      result =
        handler === undefined ? instance.handleCall(event.name, event.args, event) : handler.apply(instance, event.args as unknown[]);
    } else if (event instanceof Cast) {
      const handler = entry.events.get(event.name);
      result = handler === undefined ? instance.handleCast(event.name, event.args) : handler.apply(instance, event.args as unknown[]);
    } else if (event instanceof InsertedEvent) {
      const handler = entry.internal.get(event.name) ?? entry.events.get(event.name);
      if (handler === undefined) throw new ExitThrow({ bad_internal: event.name, state: machine.state });
      result = handler.apply(instance, event.args as unknown[]);
    } else if (event instanceof TimeoutEvent) result = fire(instance, entry, event, machine.state);
    else result = entry.info === undefined ? instance.handleInfo(event) : entry.info.call(instance, event);
    this.result(proc, OTHER, result, event);
  }

  /** What a handler has answered: of an event, or of a state that was entered. */
  protected override otherResult(proc: Proc, result: unknown): void {
    const machine = machineOf(proc);
    if (result instanceof Stop) this.stop(proc, result);
    else if (machine.entering) this.#entered(proc, machine, result);
    else if (result instanceof Transition) this.#follow(proc, machine, result);
    else if (result instanceof Reply) this.#keep(proc, machine, result.next, () => answer(proc, result.value));
    else if (result instanceof NoReply) this.#keep(proc, machine, result.next, () => defer(proc));
    else if (result instanceof Next) this.#keep(proc, machine, result, () => defer(proc));
    else if (result instanceof Outcome || (result !== undefined && !isRequest(machine.event)))
      this.#badReturn(proc, 'bad_return_from_state_function', result);
    else this.#keep(proc, machine, undefined, () => answer(proc, result));
  }

  #keep(proc: Proc, machine: Machine, next: Next | undefined, reply: () => void): void {
    if (next?.hasStep === true) {
      this.#badReturn(proc, 'bad_return_from_state_function', next);
      return;
    }
    reply();
    if (next?.timeoutMs !== undefined) machine.collect({ eventTimeoutMs: next.timeoutMs });
    this.#arrive(proc, machine, false);
  }

  #follow(proc: Proc, machine: Machine, { state, repeat, options }: Transition<unknown>): void {
    if (state !== null) {
      this.#expectState(state);
      machine.next = state;
    }
    if (options.postpone === true || options.noreply !== undefined) defer(proc);
    else answer(proc, options.reply);
    machine.collect(options);
    if (options.hibernate === true) hibernate(proc);
    this.#arrive(proc, machine, repeat || machine.next !== machine.state);
  }

  /** The handlers of the event have spoken; those of the state may have to. */
  #arrive(proc: Proc, machine: Machine, enters: boolean): void {
    const handler = enters ? this.#entry(machine.next).enter : undefined;
    if (handler === undefined) {
      this.#settle(proc, machine);
      return;
    }
    machine.entering = true;
    this.enter(OTHER);
    this.result(proc, OTHER, handler.call(proc.instance, machine.state), machine.event);
  }

  #entered(proc: Proc, machine: Machine, result: unknown): void {
    if (result === undefined) this.#settle(proc, machine);
    else if (!(result instanceof Transition) || (result.state !== null && result.state !== machine.next)) {
      this.#badReturn(proc, 'bad_state_enter_return_from_state_function', result);
    } else if (result.options.postpone === true || result.options.insert !== undefined) {
      this.#badReturn(proc, 'bad_state_enter_action_from_state_function', result.options);
    } else {
      machine.collect(result.options);
      if (result.options.hibernate === true) hibernate(proc);
      this.#arrive(proc, machine, result.repeat);
    }
  }

  #settle(proc: Proc, machine: Machine): void {
    if ((proc.flags & DEAD) !== 0) return;
    machine.settle();
    if (machine.pending) proc.flags |= WAKE;
  }

  #entry(state: string): StateEntry {
    return this.#table.get(state) as StateEntry;
  }

  #expectState(state: unknown): asserts state is string {
    if (this.#table.has(state as string)) return;
    throw new MisuseError('badarg', `${this.name} has no state '${String(state)}': expected one of ${[...this.#table.keys()].join(', ')}`);
  }

  #badReturn(proc: Proc, what: string, value: unknown): void {
    const reason = { [what]: value };
    if (proc.instance !== null && machineOf(proc) !== null) this.stop(proc, new Stop(reason, false, undefined));
    else throw new ExitThrow(reason);
  }
}

function machineOf(proc: Proc): Machine {
  return (proc.instance as Instance)[MACHINE] as Machine;
}

function isRequest(event: unknown): boolean {
  return event instanceof Request || event instanceof Cast || event instanceof InsertedEvent;
}

function answer(proc: Proc, value: unknown): void {
  const request = proc.owed;
  if (request === null) return;
  proc.owed = null;
  (request as Request).reply(value);
}

/** The call will be answered later; if the machine ends before, that is the answer. */
function defer(proc: Proc): void {
  const request = proc.owed;
  if (request === null) return;
  proc.owed = null;
  (request as Request).defer(proc);
}

function hibernate(proc: Proc): void {
  if (proc.rest !== null && proc.rest.size === 0) proc.rest = null;
}

function fire(instance: Instance, entry: StateEntry, { key }: TimeoutEvent, state: string): unknown {
  const named = key !== 'stateTimeout' && key !== 'eventTimeout';
  const handler: Handler | undefined = named ? entry.timeout : entry[key];
  if (handler === undefined) throw new ExitThrow({ bad_timeout: named ? key.slice(1) : key, state });
  return named ? handler.call(instance, key.slice(1)) : handler.call(instance);
}

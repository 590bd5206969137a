import type { Behaviour } from '../behaviours/behaviour.js';
import { type Launchable, makeBehaviour, putHere, startProcess } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { AnyProcess, Later, Ref, StartArgs, Started, StartOptions } from '../behaviours/types.js';
import { callHere, castHere } from '../calls/local-call.js';
import { MisuseError } from '../errors.js';
import type { Name } from '../identity/name.js';
import type { Ignore, Stop } from '../outcome.js';
import { current } from '../process/current.js';
import { kernel } from '../runtime.js';
import { AgentServer } from './agent-server.js';

/** Carries the type of the state. Type level only. */
declare const agentState: unique symbol;

/** An agent by reference, or by name. */
export type AgentTarget<T> = Ref<Agent<T>> | Name;

const INSTEAD = "an agent's functions do not leave their thread: use a GenServer, whose methods can be called from everywhere";

/**
 * A process that only keeps a state: `await Agent.startLink(() => 0)`. Reading and changing it takes functions, which run in
 * the agent, one at a time, on the same thread. As somebody's child it is a class: `class Settings extends Agent<Map<string,
 * string>> { override init() { return new Map(); } }`. Elixir: `Agent`.
 */
export class Agent<T = unknown> extends Process {
  static override readonly [BASE] = true;
  declare readonly [agentState]: T;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => Agent;
    const terminates = Class.prototype.terminate !== Process.prototype.terminate;
    return new ServerBehaviour(Class.name, AgentServer, (proc) => new AgentServer(proc, Class), terminates, false);
  }

  /** The first state. The default takes the function that `Agent.start` was given. */
  override init(make: never): Later<T | Ignore | Stop<never>> {
    return (make as () => Later<T>)();
  }

  /** Starts an agent whose first state is what `make` returns, linked to the running process. Elixir: `start_link/2`. */
  static override startLink<T>(make: () => Later<T>, options?: StartOptions): Promise<Ref<Agent<T>>>;
  static override startLink<S extends AnyProcess>(this: new () => S, ...args: StartArgs<S>): Promise<Started<S>>;
  static override startLink(this: unknown, args?: unknown, options?: StartOptions): Promise<never> {
    if (current === null) {
      throw new MisuseError('no_process', 'Agent.startLink() was called where no process is known to be running: use Agent.start');
    }
    return start(this as Launchable, true, args, options);
  }

  /** As `startLink`, with nobody linked to it. Elixir: `start/2`. */
  static override start<T>(make: () => Later<T>, options?: StartOptions): Promise<Ref<Agent<T>>>;
  static override start<S extends AnyProcess>(this: new () => S, ...args: StartArgs<S>): Promise<Started<S>>;
  static override start(this: unknown, args?: unknown, options?: StartOptions): Promise<never> {
    return start(this as Launchable, false, args, options);
  }

  /** What `read` makes of the state. Rejects as `ref.call` does; an error in `read` ends the agent. Elixir: `get/3`. */
  static get<T, R>(agent: AgentTarget<T>, read: (state: T) => Later<R>, timeoutMs?: number): Promise<R> {
    return callHere(agent, 'get', [read], INSTEAD, timeoutMs) as Promise<R>;
  }

  /** Replaces the state by what `change` makes of it. Elixir: `update/3`. */
  static update<T>(agent: AgentTarget<T>, change: (state: T) => Later<NoInfer<T>>, timeoutMs?: number): Promise<void> {
    return callHere(agent, 'update', [change], INSTEAD, timeoutMs) as Promise<void>;
  }

  /** Both at once: `change` returns what to answer, and the new state. Elixir: `get_and_update/3`. */
  static getAndUpdate<T, R>(
    agent: AgentTarget<T>,
    change: (state: T) => Later<readonly [value: R, state: NoInfer<T>]>,
    timeoutMs?: number,
  ): Promise<R> {
    return callHere(agent, 'getAndUpdate', [change], INSTEAD, timeoutMs) as Promise<R>;
  }

  /** As `update`, without waiting for it. Never fails. Elixir: `cast/2`. */
  static cast<T>(agent: AgentTarget<T>, change: (state: T) => Later<NoInfer<T>>): void {
    castHere(agent, 'update', [change], INSTEAD);
  }
}

function start(Class: Launchable, linked: boolean, args: unknown, options: StartOptions | undefined): Promise<never> {
  const made = typeof args === 'function';
  if (made && options?.thread !== undefined && options.thread !== 'same') throw new MisuseError('not_sendable', `thread: ${INSTEAD}`);
  if (!made && (Class as unknown) === Agent) {
    throw new MisuseError('badarg', `Agent: expected a function that makes the first state, got ${String(args)}`);
  }
  return startProcess(kernel(), current, linked, Class, args, options, made ? putHere : undefined) as Promise<never>;
}

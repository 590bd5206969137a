import type { Behaviour } from '../behaviours/behaviour.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { AnyProcess, Inherited, InitArg, Later, Started } from '../behaviours/types.js';
import type { Pid } from '../identity/pid.js';
import type { Ignore } from '../outcome.js';
import { type Child, type ChildOptions, SUPERVISOR } from './child-spec.js';
import type { ChildCounts, ChildInfo } from './children.js';
import { checkDynamicOptions, DynamicChildren, type DynamicOptions } from './dynamic-children.js';
import { Supervisor, type SupervisorRef } from './supervisor.js';
import { SupervisorServer } from './supervisor-server.js';

/** What a `DynamicSupervisor`'s `init` answers; its extra arguments, if it is declared to have some. */
export type DynamicOptionsOf<X> = [keyof X] extends [never] ? DynamicOptions : DynamicOptions & { readonly extraArguments: X };

/** A child of a `DynamicSupervisor`; what `extraArguments` give (`X`) need not be given again. */
export type DynamicChild<S, X> = [keyof X] extends [never]
  ? Child<S>
  : ChildOptions & { readonly start: new () => S; readonly args: Omit<InitArg<S>, keyof X> & Partial<InitArg<S>> };

/**
 * A supervisor for children that are started on demand: `class Rooms extends DynamicSupervisor<Room> {}`, then
 * `Rooms.startChild('rooms', { start: Room, args })`. Each child restarts by itself; all are stopped side by side. Elixir:
 * `DynamicSupervisor`.
 */
export abstract class DynamicSupervisor<S extends AnyProcess = AnyProcess, X extends object = {}> extends Process {
  static override readonly [BASE] = true;
  /** @internal */
  static readonly [SUPERVISOR] = true;
  declare protected readonly child?: S;
  declare protected readonly extra?: { readonly of: X };

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => DynamicSupervisor;
    const create = (proc: SupervisorServer['proc']): SupervisorServer =>
      new SupervisorServer(proc, Class, (options) => new DynamicChildren(proc, checkDynamicOptions(options)));
    return new ServerBehaviour(Class.name, SupervisorServer, create, true, true);
  }

  /** The options; the default takes the defaults. */
  override init(_args: never): Later<DynamicOptionsOf<X> | Ignore | Inherited> {
    return {} as DynamicOptionsOf<X>;
  }

  /** Starts a child. Rejects with a `StartError`: what its `init` said, `max_children`, or `already_started`. */
  static startChild<S extends AnyProcess, X extends object = {}>(
    this: new () => DynamicSupervisor<S, X>,
    supervisor: SupervisorRef,
    child: DynamicChild<NoInfer<S>, NoInfer<X>>,
  ): Promise<Started<S>> {
    return Supervisor.startChild(supervisor, child as Child<S>) as Promise<Started<S>>;
  }

  /** Stops a child. Rejects with `not_found`. */
  static terminateChild(supervisor: SupervisorRef, pid: Pid): Promise<void> {
    return Supervisor.terminateChild(supervisor, pid);
  }

  static whichChildren(supervisor: SupervisorRef): Promise<ChildInfo[]> {
    return Supervisor.whichChildren(supervisor);
  }

  static countChildren(supervisor: SupervisorRef): Promise<ChildCounts> {
    return Supervisor.countChildren(supervisor);
  }
}

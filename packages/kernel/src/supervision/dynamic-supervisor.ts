import type { Behaviour } from '../behaviours/behaviour.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { AnyProcess, Inherited, Later, Started } from '../behaviours/types.js';
import type { Pid } from '../identity/pid.js';
import type { Ignore } from '../outcome.js';
import { type Child, SUPERVISOR } from './child-spec.js';
import type { ChildCounts, ChildInfo } from './children.js';
import { checkDynamicOptions, DynamicChildren, type DynamicOptions } from './dynamic-children.js';
import { Supervisor, type SupervisorRef } from './supervisor.js';
import { SupervisorServer } from './supervisor-server.js';

/**
 * A supervisor for children that are started on demand: `class Rooms extends DynamicSupervisor<Room> {}`, then
 * `Rooms.startChild('rooms', { start: Room, args })`. Each child restarts by itself; all are stopped side by side. Elixir:
 * `DynamicSupervisor`.
 */
export abstract class DynamicSupervisor<S extends AnyProcess = AnyProcess> extends Process {
  static override readonly [BASE] = true;
  /** @internal */
  static readonly [SUPERVISOR] = true;
  declare protected readonly child?: S;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => DynamicSupervisor;
    const create = (proc: SupervisorServer['proc']): SupervisorServer =>
      new SupervisorServer(proc, Class, (options) => new DynamicChildren(proc, checkDynamicOptions(options)));
    return new ServerBehaviour(Class.name, SupervisorServer, create, true, true);
  }

  /** The options; the default takes the defaults. */
  override init(_args: never): Later<DynamicOptions | Ignore | Inherited> {
    return {};
  }

  /** Starts a child. Rejects with a `StartError`: what its `init` said, `max_children`, or `already_started`. */
  static startChild<S extends AnyProcess>(
    this: new () => DynamicSupervisor<S>,
    supervisor: SupervisorRef,
    child: Child<NoInfer<S>>,
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

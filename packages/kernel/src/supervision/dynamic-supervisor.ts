import type { Behaviour } from '../behaviours/behaviour.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { AnyProcess, Inherited, InitArg, Later, Ref, Started } from '../behaviours/types.js';
import { MisuseError, StartError } from '../errors.js';
import { Handle } from '../identity/handle.js';
import type { Name } from '../identity/name.js';
import type { Pid } from '../identity/pid.js';
import type { Ignore } from '../outcome.js';
import { current } from '../process/current.js';
import { relay } from '../process/resume.js';
import { kernel } from '../runtime.js';
import { type Child, type ChildOptions, describeChild, SUPERVISOR } from './child-spec.js';
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

  /**
   * The process of that name, which is started as a child if nobody has it: for one process per key, however many ask for it at once.
   * The reference is by name: it stays good when the child is started again. Rejects with a `StartError` as `startChild` does, but
   * not with `already_started`; `ignore` if its `init` answered that. Elixir: `start_child` that takes `{:already_started, pid}`, too.
   */
  static ensureChild<S extends AnyProcess, X extends object = {}>(
    this: new () => DynamicSupervisor<S, X>,
    supervisor: SupervisorRef,
    child: DynamicChild<NoInfer<S>, NoInfer<X>> & { readonly start: new () => NoInfer<S>; readonly name: Name },
  ): Promise<Ref<S>> {
    const { name } = child;
    if (name === undefined)
      throw new MisuseError('bad_child_spec', "ensureChild: expected a child with a name, as in { start: Room, args, name: 'room:7' }");
    const named = new Handle(kernel(), name, undefined) as unknown as Ref<S>;
    if (kernel().whereis(name) !== undefined) return relay(current, Promise.resolve(named), (ref) => ref);
    return relay(
      current,
      Supervisor.startChild(supervisor, child as Child<S>),
      (ref) => {
        if (ref === undefined) throw new StartError('ignore', undefined, describeChild(child));
        return named;
      },
      (error) => {
        if (StartError.is(error, 'already_started')) return named;
        throw error;
      },
    );
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

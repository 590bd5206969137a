import type { Behaviour } from '../behaviours/behaviour.js';
import { type Launchable, makeBehaviour } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { Start } from '../behaviours/start.js';
import type { AnyProcess, InitArg, Later } from '../behaviours/types.js';
import { register } from '../classes.js';
import { CallError, MisuseError } from '../errors.js';
import type { Name } from '../identity/name.js';
import type { Ignore } from '../outcome.js';
import type { Proc } from '../process/proc.js';
import { kernel } from '../runtime.js';
import { parallelism } from '../scheduler/parallelism.js';
import { type Child, childSpecs, SUPERVISOR } from './child-spec.js';
import type { ChildCounts, ChildInfo } from './children.js';
import { NamedChildren } from './named-children.js';
import { find, MAX_PARTITIONS, PartitionVia, partitionName, publish } from './partitions.js';
import { checkOptions, type SupervisorOptions } from './supervise.js';
import { Supervisor } from './supervisor.js';
import { SupervisorServer } from './supervisor-server.js';

export interface PartitionOptions<S extends AnyProcess> extends Omit<SupervisorOptions, 'autoShutdown' | 'strategy'> {
  /** What each partition runs; with `thread: 'spread'` on the scheduler threads in turn. */
  readonly child: Child<S>;
  /** Default: the number of processors. */
  readonly partitions?: number;
  /** The arguments of one partition, made out of those in `child`. */
  readonly withArguments?: (args: InitArg<NoInfer<S>>, partition: number) => InitArg<NoInfer<S>>;
  /** Default `'oneForOne'`. */
  readonly strategy?: 'oneForOne' | 'oneForAll' | 'restForOne';
}

/** What a partition supervisor's `init` answers. */
export interface PartitionSpec extends SupervisorOptions {
  readonly child: unknown;
  readonly partitions?: number;
  readonly withArguments?: (args: never, partition: number) => unknown;
}

/** Checks the child's arguments against its class, and makes the class known for other threads: see `register`. */
export function partitioned<S extends AnyProcess>(options: PartitionOptions<S>): PartitionSpec {
  const { child } = options as PartitionSpec;
  const Class = typeof child === 'function' ? child : (child as { readonly start?: unknown } | undefined)?.start;
  if (typeof Class === 'function' && makeBehaviour in Class) register(Class as unknown as Launchable);
  return options as PartitionSpec;
}

/**
 * Runs several processes of the same kind where one would be too busy, and finds the one for a key:
 * `{ start: PartitionSupervisor, name: 'counters', args: partitioned({ child: Counter }) }`, then
 * `Counter.at(PartitionSupervisor.via('counters', userId))`. The same key always leads to the same partition. A subclass
 * gives its options from `init`. It has to have a name. Elixir: `PartitionSupervisor`.
 */
export class PartitionSupervisor extends Process {
  static override readonly [BASE] = true;
  /** @internal */
  static readonly [SUPERVISOR] = true;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => PartitionSupervisor;
    return new ServerBehaviour(
      Class.name,
      SupervisorServer,
      (proc) => new SupervisorServer(proc, Class, (spec) => partitionsOf(proc, spec as PartitionSpec)),
      true,
      true,
    );
  }

  override init(spec: PartitionSpec): Later<PartitionSpec | Ignore> {
    return spec;
  }

  /**
   * The name of the partition that `key` belongs to, for use wherever a name is taken. An integer counts the partitions
   * through, other data is hashed. Elixir: `{:via, PartitionSupervisor, {name, key}}`.
   */
  static via(name: Name, key: unknown): Name {
    return { via: new PartitionVia(name, key), key: String(key) };
  }

  /** How many partitions there are; throws a `CallError` `noproc` if there is no such supervisor. Elixir: `partitions/1`. */
  static partitions(name: Name): number {
    const found = find(kernel(), name);
    if (found === undefined) throw new CallError('noproc', 'noproc', 'partitions');
    return found.count;
  }

  /** The partitions; the `id` is the partition's number as a string. Elixir: `which_children/1`. */
  static whichChildren(name: Name): Promise<ChildInfo[]> {
    return Supervisor.whichChildren(name);
  }

  static countChildren(name: Name): Promise<ChildCounts> {
    return Supervisor.countChildren(name);
  }
}

function partitionsOf(proc: Proc, spec: PartitionSpec): NamedChildren {
  const { name } = proc.owed as Start;
  if (name === undefined) throw new MisuseError('bad_option', 'a PartitionSupervisor is found by its name: start it with { name: ... }');
  const { child, partitions = parallelism, withArguments } = spec;
  if (!(Number.isInteger(partitions) && partitions >= 1 && partitions <= MAX_PARTITIONS)) {
    throw new MisuseError('bad_option', `partitions: expected an integer from 1 to ${MAX_PARTITIONS}, got ${String(partitions)}`);
  }
  if (withArguments !== undefined && typeof withArguments !== 'function') {
    throw new MisuseError('bad_option', `withArguments: expected a function, got ${typeof withArguments}`);
  }
  const options = checkOptions(spec);
  if (options.autoShutdown !== 'never' || options.strategy === 'simpleOneForOne') {
    throw new MisuseError(
      'bad_option',
      `a PartitionSupervisor cannot have ${options.autoShutdown === 'never' ? "strategy 'simpleOneForOne'" : 'autoShutdown'}`,
    );
  }
  const given = (typeof child === 'function' ? { start: child } : child) as { readonly args?: unknown; readonly name?: unknown };
  if (given?.name !== undefined) throw new MisuseError('bad_child_spec', 'child: a partition has no name of its own');
  const specs = Array.from({ length: partitions }, (_, partition) => {
    const named = partitionName(name, partition);
    return {
      ...given,
      id: String(partition),
      ...(withArguments === undefined ? {} : { args: withArguments(given.args as never, partition) }),
      ...(named === undefined ? {} : { name: named }),
    };
  });
  const checked = childSpecs(specs, 'never');
  if (checked[0]?.custom === true)
    throw new MisuseError('bad_child_spec', 'child: expected a process class or { start, args, ... }, got a function');
  const children = new NamedChildren(proc, options, checked);
  publish(proc, name, partitions, children);
  return children;
}

import type { Behaviour } from '../behaviours/behaviour.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { Inherited, Later, Ref } from '../behaviours/types.js';
import { callByPid, never, rejectCall } from '../calls/call.js';
import { callHere } from '../calls/local-call.js';
import { StartError } from '../errors.js';
import type { Pid } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import type { Ignore } from '../outcome.js';
import { current } from '../process/current.js';
import { die } from '../process/death.js';
import { addLink } from '../process/links.js';
import type { Proc } from '../process/proc.js';
import { relay } from '../process/resume.js';
import { link, resolve } from '../process/verbs.js';
import { kernel } from '../runtime.js';
import { childSpec, type Restart, type Shutdown, SUPERVISOR } from '../supervision/child-spec.js';
import type { ChildCounts, ChildInfo } from '../supervision/children.js';
import type { DynamicOptions } from '../supervision/dynamic-children.js';
import type { StartOutcome } from '../supervision/start-child.js';
import { Supervisor, type SupervisorRef } from '../supervision/supervisor.js';
import { type OwnerOptions, ownerOf } from './owner.js';
import type { StreamBody, StreamOptions, StreamResult, TaskStarter } from './stream-options.js';
import { Task } from './task.js';
import { TaskMonitor } from './task-monitor.js';
import { Gate, spawnTask, type TaskBody } from './task-process.js';
import type { TaskResult } from './task-result.js';
import { TaskStream } from './task-stream.js';
import { type TakenTask, TaskSupervisorServer } from './task-supervisor-server.js';

export interface SupervisedOptions {
  /** How the supervisor stops the task: milliseconds for a task that traps exits (default 5,000), or `'brutalKill'`. */
  readonly shutdown?: Shutdown;
}

export interface TaskChildOptions extends SupervisedOptions {
  /** Default `'temporary'`: never restarted. The others restart by running the function again; the supervisor must be on this thread. */
  readonly restart?: Restart;
}

export type TaskSupervisorOptions = Omit<DynamicOptions, 'extraArguments'>;

const INSTEAD = 'the function of a task that can be restarted stays on its thread: start a TaskSupervisor there';

/**
 * A supervisor of tasks: `{ start: TaskSupervisor, name: 'tasks' }` among the children, then `TaskSupervisor.async('tasks',
 * ...)`. A task runs on the thread that asks for it, wherever its supervisor is. Elixir: `Task.Supervisor`.
 */
export class TaskSupervisor extends Process {
  static override readonly [BASE] = true;
  /** @internal */
  static readonly [SUPERVISOR] = true;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => TaskSupervisor;
    return new ServerBehaviour(Class.name, TaskSupervisorServer, (proc) => new TaskSupervisorServer(proc, Class), true, true);
  }

  override init(options: TaskSupervisorOptions = {}): Later<TaskSupervisorOptions | Ignore | Inherited> {
    return options;
  }

  /**
   * Starts a task that the running process owns and is linked to, as with `Task.async`. Rejects with a `StartError`
   * `max_children`, or a `CallError` if there is no supervisor. Elixir: `Task.Supervisor.async/3`.
   */
  static async<T>(supervisor: SupervisorRef, body: TaskBody<T>, options: OwnerOptions & SupervisedOptions = {}): Promise<Task<T>> {
    return startOwned(ownerOf(options, 'TaskSupervisor.async'), supervisor, body, options, true);
  }

  /** As `async`, but neither end takes the other along: a crash is seen by awaiting, or as a `Down`. Elixir: `async_nolink/3`. */
  static asyncNolink<T>(supervisor: SupervisorRef, body: TaskBody<T>, options: OwnerOptions & SupervisedOptions = {}): Promise<Task<T>> {
    return startOwned(ownerOf(options, 'TaskSupervisor.asyncNolink'), supervisor, body, options, false);
  }

  /** Starts a task for its effects. Rejects as `async` does. Elixir: `start_child/3`. */
  static startChild(supervisor: SupervisorRef, body: TaskBody<unknown>, options: TaskChildOptions = {}): Promise<Pid> {
    const { restart = 'temporary' } = options;
    checkSpec(options);
    if (restart === 'temporary') {
      if (current !== null && !current.alive) return never();
      return relay(
        current,
        startUnder(kernel(), current, supervisor, body, () => {}, options, alwaysRuns),
        (proc) => proc.pid,
      );
    }
    const caller = current;
    const start = (): Ref<unknown> => {
      const own = current as Proc;
      const proc = spawnTask(own.kernel, caller, body, () => {});
      addLink(proc, own.pid);
      addLink(own, proc.pid);
      return proc.pid as unknown as Ref<unknown>;
    };
    const answer = callHere(supervisor, 'startChild', [{ id: 'task', start, ...options }], INSTEAD, Number.POSITIVE_INFINITY);
    return relay(current, answer as Promise<StartOutcome>, (outcome) => {
      if (!outcome.ok || outcome.pid === null) throw new StartError('max_children', 'max_children', 'task');
      return outcome.pid;
    });
  }

  /** `Task.asyncStream` with the tasks under the supervisor. Elixir: `Task.Supervisor.async_stream/4`. */
  static asyncStream<I, T>(
    supervisor: SupervisorRef,
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options: StreamOptions & SupervisedOptions & { readonly zipInputOnExit: true },
  ): AsyncIterableIterator<StreamResult<T, I>>;
  static asyncStream<I, T>(
    supervisor: SupervisorRef,
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options?: StreamOptions & SupervisedOptions,
  ): AsyncIterableIterator<TaskResult<T>>;
  static asyncStream<I, T>(
    supervisor: SupervisorRef,
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options: StreamOptions & SupervisedOptions = {},
  ): AsyncIterableIterator<TaskResult<T>> {
    const owner = ownerOf(options, 'TaskSupervisor.asyncStream');
    return new TaskStream(owner, items, body, options, starter(supervisor, options, true));
  }

  /** As `asyncStream`; a task that crashes is a result like any other, and tasks outlive their owner. Elixir: `async_stream_nolink/4`. */
  static asyncStreamNolink<I, T>(
    supervisor: SupervisorRef,
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options: StreamOptions & SupervisedOptions & { readonly zipInputOnExit: true },
  ): AsyncIterableIterator<StreamResult<T, I>>;
  static asyncStreamNolink<I, T>(
    supervisor: SupervisorRef,
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options?: StreamOptions & SupervisedOptions,
  ): AsyncIterableIterator<TaskResult<T>>;
  static asyncStreamNolink<I, T>(
    supervisor: SupervisorRef,
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options: StreamOptions & SupervisedOptions = {},
  ): AsyncIterableIterator<TaskResult<T>> {
    const owner = ownerOf(options, 'TaskSupervisor.asyncStreamNolink');
    return new TaskStream(owner, items, body, options, starter(supervisor, options, false));
  }

  /** The tasks that run. Elixir: `children/1`. */
  static async children(supervisor: SupervisorRef): Promise<Pid[]> {
    const children = await Supervisor.whichChildren(supervisor);
    return children.flatMap(({ pid }) => (pid === undefined || pid === 'restarting' ? [] : [pid]));
  }

  /** Stops a task. Rejects with `not_found`. Elixir: `terminate_child/2`. */
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

function alwaysRuns(): boolean {
  return true;
}

function checkSpec({ shutdown, restart }: TaskChildOptions): void {
  childSpec(
    { id: 'task', start: alwaysRuns, ...(shutdown === undefined ? {} : { shutdown }), ...(restart === undefined ? {} : { restart }) },
    'never',
  );
}

/** Makes a task here, and lets it run once the supervisor has taken it: if `ready`, called before that, still wants it. */
async function startUnder<T>(
  here: Kernel,
  caller: Proc | null,
  supervisor: SupervisorRef,
  body: TaskBody<T>,
  done: (value: T) => void,
  { shutdown = 5000 }: SupervisedOptions,
  ready: (proc: Proc) => boolean,
): Promise<Proc> {
  const pid = resolve(here, supervisor);
  if (pid === undefined) return rejectCall(here, null, 'noproc', 'takeTask');
  const gate = new Gate();
  const proc = spawnTask(here, caller, gate.guard(body), done);
  try {
    // Asked by nobody in particular, so that the answer comes even if the asker has ended by then.
    const taken = (await callByPid(null, pid, 'takeTask', [proc.pid, shutdown], Number.POSITIVE_INFINITY)) as TakenTask;
    if (!taken.ok) throw new StartError(taken.code, taken.code, 'task');
  } catch (error) {
    die(proc, 'normal');
    throw error;
  }
  if (ready(proc)) gate.open(proc);
  else die(proc, 'killed');
  return proc;
}

function startOwned<T>(
  owner: Proc,
  supervisor: SupervisorRef,
  body: TaskBody<T>,
  options: SupervisedOptions,
  linked: boolean,
): Promise<Task<T>> {
  checkSpec(options);
  if (!owner.alive) return never();
  let monitor: TaskMonitor | null = null;
  const started = startUnder<T>(
    owner.kernel,
    owner,
    supervisor,
    body,
    (value) => monitor?.reply(value),
    options,
    (proc) => {
      if (!owner.alive) return false;
      if (linked) link(owner, proc.pid);
      monitor = new TaskMonitor(owner, proc.pid);
      return true;
    },
  );
  return relay(owner, started, () => new Task<T>(owner, monitor, null));
}

function starter(supervisor: SupervisorRef, options: SupervisedOptions, linked: boolean): TaskStarter {
  checkSpec(options);
  return {
    linked,
    start: (owner, body, done, ready) =>
      startUnder(owner.kernel, owner, supervisor, body, done, options, (proc) => {
        if (linked && !owner.alive) return false;
        ready(proc);
        return true;
      }),
  };
}

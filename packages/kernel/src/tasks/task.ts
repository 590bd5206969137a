import { never } from '../calls/call.js';
import { MisuseError, TaskError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { MonitorRef } from '../messages.js';
import { current } from '../process/current.js';
import { addLink } from '../process/links.js';
import type { Proc } from '../process/proc.js';
import { settleFor } from '../process/resume.js';
import { exit, unlink } from '../process/verbs.js';
import { kernel } from '../runtime.js';
import type { Shutdown } from '../supervision/child-spec.js';
import { Timeout } from '../timers/timeout.js';
import { checkOwner, checkTimeout, type OwnerOptions, ownerOf } from './owner.js';
import { type StreamBody, type StreamOptions, type StreamResult, unsupervised } from './stream-options.js';
import { type TaskListener, TaskMonitor } from './task-monitor.js';
import { spawnTask, type TaskBody } from './task-process.js';
import type { TaskResult } from './task-result.js';
import { TaskStream } from './task-stream.js';
import { checkYieldMany, type YieldedTask, type YieldManyOptions, yieldMany } from './yield-many.js';

export const DEFAULT_TASK_TIMEOUT_MS = 5000;

/** What each task of a list gives. */
export type TaskValues<T extends readonly Task<unknown>[]> = { -readonly [K in keyof T]: T[K] extends Task<infer R> ? R : never };

/**
 * A process that runs one function and sends its result to its owner. Tasks run on their owner's thread: they let a process
 * wait for several things at once, they do not use more processors. Elixir: `Task`.
 */
export class Task<T = unknown> {
  /** The process that may ask for the result. */
  readonly owner: Pid;
  /** Undefined for `Task.completed`. */
  readonly pid: Pid | undefined;
  readonly #owner: Proc;
  readonly #monitor: TaskMonitor | null;
  /** The value of a task that never ran. */
  #completed: { readonly value: T } | null;

  /** @internal Use `Task.async`. */
  constructor(owner: Proc, monitor: TaskMonitor | null, completed: { readonly value: T } | null) {
    this.owner = owner.pid;
    this.pid = (monitor?.target as ProcessId | undefined) ?? undefined;
    this.#owner = owner;
    this.#monitor = monitor;
    this.#completed = completed;
  }

  /** What the task's reply, and the `Down` of its end, carry when nobody awaits it. */
  get ref(): MonitorRef {
    return this.#monitor ?? { id: 0 };
  }

  // ---------------------------------------------------------------- starting

  /**
   * Starts a task that is linked to its owner, who has to await it: if either ends abnormally so does the other, unless it
   * traps exits. Throws `no_process` where nobody is running. Elixir: `Task.async/1`.
   */
  static async<T>(body: TaskBody<T>, options: OwnerOptions = {}): Task<T> {
    const owner = ownerOf(options, 'Task.async');
    if (!owner.alive) return gone(owner);
    const proc = spawnTask<T>(owner.kernel, owner, body, (value) => monitor.reply(value));
    addLink(proc, owner.pid);
    addLink(owner, proc.pid);
    const monitor = new TaskMonitor(owner, proc.pid);
    return new Task(owner, monitor, null);
  }

  /** A task that has its value already, for code that expects one. Elixir: `Task.completed/1`. */
  static completed<T>(value: T, options: OwnerOptions = {}): Task<T> {
    return new Task(ownerOf(options, 'Task.completed'), null, { value });
  }

  /** Starts a process for its effects: nobody is linked to it and nobody gets its result. Elixir: `Task.start/1`. */
  static start(body: TaskBody<unknown>): Pid {
    return spawnTask(kernel(), current, body, () => {}).pid;
  }

  /** As `start`, linked to the running process. Elixir: `Task.start_link/1`. */
  static startLink(body: TaskBody<unknown>, options: OwnerOptions = {}): Pid {
    const owner = ownerOf(options, 'Task.startLink');
    if (!owner.alive) return kernel().nobody;
    const proc = spawnTask(owner.kernel, owner, body, () => {});
    addLink(proc, owner.pid);
    addLink(owner, proc.pid);
    return proc.pid;
  }

  /**
   * Runs `body` with each item in a task of its own, a few at a time, and gives the results as they are asked for. If a task
   * crashes, so do the others and their owner; if that traps exits, the crash is a result like any other. Leaving the loop
   * early kills the tasks that run. Elixir: `Task.async_stream/3`.
   */
  static asyncStream<I, T>(
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options: StreamOptions & { readonly zipInputOnExit: true },
  ): AsyncIterableIterator<StreamResult<T, I>>;
  static asyncStream<I, T>(
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options?: StreamOptions,
  ): AsyncIterableIterator<TaskResult<T>>;
  static asyncStream<I, T>(
    items: Iterable<I> | AsyncIterable<I>,
    body: StreamBody<I, T>,
    options: StreamOptions = {},
  ): AsyncIterableIterator<TaskResult<T>> {
    return new TaskStream(ownerOf(options, 'Task.asyncStream'), items, body, options, unsupervised);
  }

  // ---------------------------------------------------------------- results

  /**
   * The task's result. Rejects with a `TaskError`: `exit` if the task ended without one, `timeout` after `timeoutMs` (default
   * 5,000); the task then goes on, and a late result is dropped. Only for the owner, and only once. Uncaught, the error ends
   * the owner, and with it a linked task. Elixir: `Task.await/2`.
   */
  await(timeoutMs: number = DEFAULT_TASK_TIMEOUT_MS): Promise<T> {
    this.check('await', timeoutMs);
    this.#checkUnspent('await');
    return this.#settled((resolve, reject) =>
      this.next(timeoutMs, (result) => {
        if (result === undefined) {
          this.#monitor?.forget();
          reject(new TaskError('timeout', 'timeout'));
        } else if (result.ok) resolve(result.value);
        else reject(new TaskError('exit', result.reason));
      }),
    );
  }

  /**
   * The task's result or the reason it ended for; undefined when it is not over within `timeoutMs` (default 5,000): it runs
   * on, and can be asked again. Elixir: `Task.yield/2`.
   */
  yield(timeoutMs: number = DEFAULT_TASK_TIMEOUT_MS): Promise<TaskResult<T> | undefined> {
    this.check('yield', timeoutMs);
    return this.#settled((resolve) => this.next(timeoutMs, resolve));
  }

  /**
   * Unlinks the task and ends it: `shutdown`, and `kill` after so many milliseconds (default 5,000), or `'brutalKill'` at
   * once. Its result, if it gave one all the same; undefined if it ended as told; else the reason it ended for. Elixir:
   * `Task.shutdown/2`.
   */
  shutdown(how: Shutdown = DEFAULT_TASK_TIMEOUT_MS): Promise<TaskResult<T> | undefined> {
    const brutal = how === 'brutalKill';
    const timeoutMs = typeof how === 'number' ? how : Number.POSITIVE_INFINITY;
    this.check('shutdown', timeoutMs);
    return this.#settled((resolve) => {
      const monitor = this.#monitor;
      const expected = brutal ? 'killed' : 'shutdown';
      const arrived = this.#arrived((reason) => reason === expected);
      if (arrived !== null) resolve(arrived.result);
      else if (monitor?.active !== true) resolve({ ok: false, reason: 'noproc' });
      else {
        const owner = this.#owner;
        const pid = this.pid as ProcessId;
        let reply: TaskResult<T> | undefined;
        const listener: TaskListener = {
          replied: (value) => {
            reply = { ok: true, value: value as T };
          },
          ended: (reason) => resolve(reply ?? (reason === expected ? undefined : { ok: false, reason })),
        };
        monitor.listen(listener, timeoutMs, () => {
          monitor.listen(listener, Number.POSITIVE_INFINITY, () => {});
          exit(owner, pid, 'kill');
        });
        unlink(owner, pid);
        exit(owner, pid, brutal ? 'kill' : 'shutdown');
      }
    });
  }

  /**
   * Lets a task go: it is unlinked and runs on, its result is not wanted any more. What has come of it by now; undefined if
   * it still runs. Elixir: `Task.ignore/1`.
   */
  ignore(): TaskResult<T> | undefined {
    this.check('ignore', 0);
    const arrived = this.#arrived(() => false);
    if (this.pid !== undefined && this.#owner.alive) unlink(this.#owner, this.pid);
    this.#monitor?.forget();
    return arrived?.result;
  }

  /** The results of all tasks, in order, within `timeoutMs` together. As with `await`, the first failure rejects. Elixir: `Task.await_many/2`. */
  static awaitMany<const T extends readonly Task<unknown>[]>(
    tasks: T,
    timeoutMs: number = DEFAULT_TASK_TIMEOUT_MS,
  ): Promise<TaskValues<T>> {
    const [first] = checked(tasks, 'awaitMany', timeoutMs);
    if (first === undefined) return Promise.resolve([] as unknown as TaskValues<T>);
    for (const task of tasks) task.#checkUnspent('awaitMany');
    return first.#settled((resolve, reject) => {
      const values: unknown[] = [];
      const pending = new Set<Task<unknown>>(tasks);
      const fail = (error: TaskError): void => {
        for (const task of pending) task.#monitor?.forget();
        pending.clear();
        reject(error);
      };
      for (const [i, task] of tasks.entries()) {
        task.next(timeoutMs, (result) => {
          if (result === undefined) fail(new TaskError('timeout', 'timeout'));
          else if (!result.ok) fail(new TaskError('exit', result.reason));
          else {
            values[i] = result.value;
            pending.delete(task);
            if (pending.size === 0) resolve(values as TaskValues<T>);
          }
        });
        if (pending.size === 0) return;
      }
    });
  }

  /**
   * What has come of each task within `timeoutMs` (default 5,000), as `yield` does for one; with a `limit` as soon as so many are
   * over. Elixir: `Task.yield_many/2`.
   */
  static yieldMany<T>(tasks: readonly Task<T>[], options: number | YieldManyOptions = {}): Promise<YieldedTask<T>[]> {
    const wanted = checkYieldMany(options);
    const [first] = checked(tasks, 'yieldMany', wanted.timeoutMs);
    if (first === undefined) return Promise.resolve([]);
    return first.#settled((resolve) => yieldMany(tasks, wanted, resolve));
  }

  // ---------------------------------------------------------------- waiting

  /** @internal */
  check(verb: string, timeoutMs: unknown): void {
    checkOwner(this.owner, verb);
    checkTimeout(timeoutMs, verb);
    if (this.#monitor?.awaited === true) throw new MisuseError('badarg', `${verb}: the task is being awaited already`);
  }

  /** To await a task again could only end with a timeout. */
  #checkUnspent(verb: string): void {
    const monitor = this.#monitor;
    if (!this.#owner.alive || this.#completed !== null || (monitor !== null && (monitor.active || monitor.hasArrived))) return;
    throw new MisuseError('badarg', `${verb}: the result of the task has been taken already`);
  }

  /** @internal What `next` was to tell is not wanted any more; the task can be asked again. */
  unlisten(): void {
    this.#monitor?.unlisten();
  }

  /** A promise for the owner: settles as all of the kernel's do, not at all once the owner has ended. */
  #settled<R>(start: (resolve: (value: R) => void, reject: (error: TaskError) => void) => void): Promise<R> {
    const owner = this.#owner;
    if (!owner.alive) return never();
    return new Promise((resolve, reject) => {
      start(
        (value) => settleFor(owner, resolve as (value: R) => void, value),
        (error) => settleFor(owner, reject, error),
      );
    });
  }

  /** What waits in the owner's mailbox: the reply, or the end, of which `asWanted` says whether it is what was asked for. */
  #arrived(asWanted: (reason: ExitReason) => boolean): { readonly result: TaskResult<T> | undefined } | null {
    const completed = this.#completed;
    if (completed !== null) {
      this.#completed = null;
      return { result: { ok: true, value: completed.value } };
    }
    const reply = this.#monitor?.takeReply();
    if (reply !== undefined) return { result: { ok: true, value: reply.result as T } };
    const down = this.#monitor?.takeDown();
    if (down === undefined) return null;
    return { result: asWanted(down.reason) ? undefined : { ok: false, reason: down.reason } };
  }

  /** @internal Tells what comes of the task within that time, once: at once if that has come already. */
  next(timeoutMs: number, tell: (result: TaskResult<T> | undefined) => void): void {
    const arrived = this.#arrived(() => false);
    if (arrived !== null || timeoutMs === 0) {
      tell(arrived?.result);
      return;
    }
    const monitor = this.#monitor;
    const expired = (): void => tell(undefined);
    if (monitor === null) {
      new Timeout(this.#owner, timeoutMs, expired);
      return;
    }
    monitor.listen(
      {
        replied: (value) => {
          monitor.forget();
          tell({ ok: true, value: value as T });
        },
        ended: (reason) => tell({ ok: false, reason }),
      },
      timeoutMs,
      expired,
    );
  }
}

/** The tasks, each there once, and with nobody who waits for it. */
function checked<T extends readonly Task<unknown>[]>(tasks: T, verb: string, timeoutMs: number): T {
  if (new Set(tasks).size < tasks.length) throw new MisuseError('badarg', `${verb}: a task is in the list twice`);
  for (const task of tasks) task.check(verb, timeoutMs);
  return tasks;
}

/** For code that goes on after its process has ended: it gets a task that is not there. */
function gone<T>(owner: Proc): Task<T> {
  return new Task<T>(owner, null, null);
}

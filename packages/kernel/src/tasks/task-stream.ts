import { never } from '../calls/call.js';
import { TaskError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { ProcessId } from '../identity/pid.js';
import { setCurrent } from '../process/current.js';
import { TRAP } from '../process/flags.js';
import type { Proc, Watcher } from '../process/proc.js';
import { settleFor } from '../process/resume.js';
import { applySignals, exitSignal } from '../process/signals.js';
import { addWatcher, removeWatcher } from '../process/watchers.js';
import { Timeout } from '../timers/timeout.js';
import { type CheckedStreamOptions, checkStreamOptions, type StreamBody, type StreamOptions, type TaskStarter } from './stream-options.js';
import type { TaskResult } from './task-result.js';

/** One task of a stream. */
class Running implements Watcher {
  readonly position: number;
  readonly #ended: (task: Running, reason: ExitReason) => void;
  proc: Proc | null = null;
  timeout: Timeout | null = null;
  result: { readonly value: unknown } | null = null;
  timedOut = false;

  constructor(position: number, ended: (task: Running, reason: ExitReason) => void) {
    this.position = position;
    this.#ended = ended;
  }

  fire(_from: unknown, reason: ExitReason): void {
    this.timeout?.drop();
    this.#ended(this, reason);
  }
}

interface Waiting {
  readonly resolve: (result: IteratorResult<never, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes an item, and starts its task, only when a result is asked for: a stream that nobody reads does nothing. */
export class TaskStream<I, T> implements AsyncIterableIterator<never>, Watcher {
  readonly #owner: Proc;
  readonly #body: StreamBody<I, T>;
  readonly #starter: TaskStarter;
  readonly #options: CheckedStreamOptions;
  readonly #traps: boolean;
  readonly #source: { next(): IteratorResult<I> | Promise<IteratorResult<I>>; return?(): unknown };
  readonly #running = new Map<number, Running>();
  readonly #inputs = new Map<number, I>();
  /** Results not asked for yet: by position, or as they came. */
  readonly #ready = new Map<number, TaskResult<T>>();
  readonly #waiting: Waiting[] = [];
  #spawned = 0;
  #delivered = 0;
  /** An item, or a start, is awaited. */
  #busy = false;
  #exhausted = false;
  #closed = false;
  #scheduled = false;

  constructor(owner: Proc, items: Iterable<I> | AsyncIterable<I>, body: StreamBody<I, T>, options: StreamOptions, starter: TaskStarter) {
    this.#owner = owner;
    this.#body = body;
    this.#starter = starter;
    this.#options = checkStreamOptions(options);
    this.#traps = (owner.flags & TRAP) !== 0;
    this.#source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    if (owner.alive) addWatcher(owner, this);
    else this.#closed = true;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<never, undefined>> {
    if (!this.#owner.alive) return never();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#pump();
    });
  }

  /** The loop was left: tasks that run are killed. */
  return(): Promise<IteratorResult<never, undefined>> {
    this.#close();
    this.#source.return?.();
    return Promise.resolve(ended);
  }

  /** The owner ended. */
  fire(from: ProcessId, reason: ExitReason): void {
    this.#closed = true;
    if (!this.#starter.linked) return;
    for (const { proc } of this.#running.values()) if (proc !== null) exitSignal(proc, from, reason);
  }

  // ---------------------------------------------------------------- the owner's side

  #pump(): void {
    try {
      this.#fill();
    } catch (error) {
      this.#fail(error);
    }
    this.#deliver();
  }

  /** Starts tasks for as long as there are items and room. */
  #fill(): void {
    while (
      !this.#closed &&
      !this.#exhausted &&
      !this.#busy &&
      this.#waiting.length > 0 &&
      this.#running.size < this.#options.maxConcurrency
    ) {
      const step = this.#source.next();
      if (step instanceof Promise) this.#await(step, (item) => this.#take(item));
      else this.#take(step);
    }
  }

  #take(step: IteratorResult<I>): void {
    if (this.#closed) return;
    if (step.done === true) {
      this.#exhausted = true;
      return;
    }
    const item = step.value;
    const position = this.#spawned++;
    const task = new Running(position, this.#ended);
    this.#running.set(position, task);
    if (this.#options.zipInputOnExit) this.#inputs.set(position, item);
    const started = this.#starter.start<T>(
      this.#owner,
      (context) => this.#body(item, context),
      (value) => {
        const { codec } = this.#owner.kernel;
        task.result = { value: codec === null ? value : codec.copy(value) };
      },
      (proc) => this.#started(task, proc),
    );
    if (started !== undefined) this.#await(started, () => {});
  }

  #started(task: Running, proc: Proc): void {
    task.proc = proc;
    if (this.#closed) {
      if (this.#owner.alive) exitSignal(proc, this.#owner.pid, 'kill');
      return;
    }
    addWatcher(proc, task);
    task.timeout = new Timeout(this.#owner, this.#options.timeoutMs, () => {
      task.timedOut = true;
      exitSignal(proc, this.#owner.pid, 'kill');
    });
  }

  #await<V>(promise: Promise<V>, use: (value: V) => void): void {
    this.#busy = true;
    promise.then(
      (value) => {
        this.#busy = false;
        this.#asOwner(() => {
          use(value);
          this.#pump();
        });
      },
      (error: unknown) => this.#asOwner(() => this.#fail(error)),
    );
  }

  readonly #ended = (task: Running, reason: ExitReason): void => {
    const { position, result, timedOut } = task;
    this.#running.delete(position);
    if (this.#closed) return;
    if (timedOut && this.#options.onTimeout === 'exit') {
      this.#fail(new TaskError('timeout', 'timeout'));
      return;
    }
    if (this.#starter.linked && !this.#traps && !timedOut && reason !== 'normal') {
      this.#closed = true;
      for (const { proc } of this.#running.values()) if (proc !== null) exitSignal(proc, this.#owner.pid, reason);
      exitSignal(this.#owner, (task.proc as Proc).pid, reason);
      return;
    }
    const why = timedOut ? 'timeout' : reason;
    const input = this.#options.zipInputOnExit ? { input: this.#inputs.get(position) } : {};
    this.#inputs.delete(position);
    this.#ready.set(position, result === null ? { ok: false, reason: why, ...input } : { ok: true, value: result.value as T });
    if (this.#waiting.length > 0) this.#schedule();
  };

  /** A task ended in its own turn: the owner's items are taken in a stretch of the owner. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#owner.kernel.host.microtask(() => {
      this.#scheduled = false;
      this.#asOwner(() => {
        this.#deliver();
        this.#pump();
      });
    });
  }

  #asOwner(act: () => void): void {
    const owner = this.#owner;
    if (!owner.alive) return;
    const previous = setCurrent(owner);
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
    setCurrent(previous);
    applySignals(owner);
  }

  #deliver(): void {
    while (this.#waiting.length > 0) {
      const [position] = this.#options.ordered ? [this.#delivered] : this.#ready.keys();
      const result = this.#ready.get(position as number);
      if (result !== undefined) {
        this.#ready.delete(position as number);
        this.#delivered++;
        this.#settle({ done: false, value: result as never });
      } else if (this.#closed || (this.#exhausted && this.#running.size === 0)) {
        this.#close();
        this.#settle(ended);
      } else return;
    }
  }

  #settle(result: IteratorResult<never, undefined>): void {
    const { resolve } = this.#waiting.shift() as Waiting;
    settleFor(this.#owner, resolve, result);
  }

  #fail(error: unknown): void {
    this.#close();
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) settleFor(this.#owner, waiting.reject, error);
    this.#deliver();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ready.clear();
    if (this.#owner.alive) removeWatcher(this.#owner, this);
    for (const { proc, timeout } of this.#running.values()) {
      timeout?.drop();
      if (proc !== null) exitSignal(proc, this.#owner.pid, 'kill');
    }
  }
}

const ended: IteratorResult<never, undefined> = { done: true, value: undefined };

import { MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Proc } from '../process/proc.js';
import { parallelism } from '../scheduler/parallelism.js';
import { checkTimeout, type OwnerOptions } from './owner.js';
import { spawnTask, type TaskBody } from './task-process.js';

export interface StreamOptions extends OwnerOptions {
  /** Tasks that run at the same time. Default: the number of processors. */
  readonly maxConcurrency?: number;
  /** Results in the order of the items (default), or as they come. */
  readonly ordered?: boolean;
  /** How long each task may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  /** What a task that takes longer does: `'exit'` (default) rejects with a `TaskError` `timeout`, `'killTask'` makes it a result. */
  readonly onTimeout?: 'exit' | 'killTask';
  /** Failed results carry the item they are of. Default false. */
  readonly zipInputOnExit?: boolean;
}

export type CheckedStreamOptions = Required<Omit<StreamOptions, 'owner'>>;

/** A result with the item that failed. Elixir: `{:exit, {input, reason}}`. */
export type StreamResult<T, I> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: ExitReason; readonly input: I };

/** What a stream does with each item. */
export type StreamBody<I, T> = (item: I, context: Parameters<TaskBody<T>>[0]) => T | Promise<T>;

/** Where the tasks of a stream are started: by nobody in particular, or under a supervisor. */
export interface TaskStarter {
  /** Whether a task that crashes takes the stream's owner along, and the owner's end the tasks. */
  readonly linked: boolean;
  /** Calls `ready` with the task's process before that can run. */
  start<T>(owner: Proc, body: TaskBody<T>, done: (value: T) => void, ready: (proc: Proc) => void): Promise<unknown> | undefined;
}

export const unsupervised: TaskStarter = {
  linked: true,
  start(owner, body, done, ready) {
    ready(spawnTask(owner.kernel, owner, body, done));
    return undefined;
  },
};

/** The options with defaults. */
export function checkStreamOptions(options: StreamOptions): CheckedStreamOptions {
  const { maxConcurrency = parallelism, ordered = true, timeoutMs = 5000, onTimeout = 'exit', zipInputOnExit = false } = options;
  if (!(Number.isInteger(maxConcurrency) && maxConcurrency > 0)) bad('maxConcurrency', 'an integer from 1', maxConcurrency);
  if (typeof ordered !== 'boolean') bad('ordered', 'true or false', ordered);
  if (onTimeout !== 'exit' && onTimeout !== 'killTask') bad('onTimeout', "'exit' or 'killTask'", onTimeout);
  if (typeof zipInputOnExit !== 'boolean') bad('zipInputOnExit', 'true or false', zipInputOnExit);
  checkTimeout(timeoutMs, 'asyncStream: timeoutMs');
  return { maxConcurrency, ordered, timeoutMs, onTimeout, zipInputOnExit };
}

function bad(option: string, expected: string, came: unknown): never {
  throw new MisuseError('bad_option', `asyncStream: ${option}: expected ${expected}, got ${String(came)}`);
}

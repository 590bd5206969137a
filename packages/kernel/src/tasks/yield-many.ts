import { MisuseError } from '../errors.js';
import { checkTimeout } from './owner.js';
import type { Task } from './task.js';
import type { TaskResult } from './task-result.js';

const DEFAULT_TIMEOUT_MS = 5000;
const ON_TIMEOUT = ['nothing', 'ignore', 'killTask'] as const;

/** Of `Task.yieldMany`. */
export interface YieldManyOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number;
  /** Do not wait for more than so many tasks, from 1. Default: all. What is not over then has no result, and nothing is done about it. */
  readonly limit?: number;
  /**
   * What is done about tasks that are not over in time: nothing (the default), `Task.ignore`, or `Task.shutdown` with
   * `'brutalKill'`. Elixir: `:on_timeout`.
   */
  readonly onTimeout?: (typeof ON_TIMEOUT)[number];
}

/** A task and what has come of it; undefined if it was not over. */
export type YieldedTask<T> = readonly [task: Task<T>, result: TaskResult<T> | undefined];

export function checkYieldMany(options: number | YieldManyOptions): Required<YieldManyOptions> {
  const given = typeof options === 'number' ? { timeoutMs: options } : options;
  const { timeoutMs = DEFAULT_TIMEOUT_MS, limit = Number.POSITIVE_INFINITY, onTimeout = 'nothing' } = given;
  checkTimeout(timeoutMs, 'yieldMany');
  if (!(limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit > 0))) {
    throw new MisuseError('bad_option', `yieldMany: limit: expected an integer from 1, got ${String(limit)}`);
  }
  if (!ON_TIMEOUT.includes(onTimeout)) {
    throw new MisuseError('bad_option', `yieldMany: onTimeout: expected '${ON_TIMEOUT.join("', '")}', got ${String(onTimeout)}`);
  }
  return { timeoutMs, limit, onTimeout };
}

/** Tells once what has come of the tasks, of which there is at least one. */
export function yieldMany<T>(
  tasks: readonly Task<T>[],
  options: Required<YieldManyOptions>,
  tell: (results: YieldedTask<T>[]) => void,
): void {
  const { timeoutMs, onTimeout } = options;
  const results: YieldedTask<T>[] = tasks.map((task) => [task, undefined]);
  const waiting = new Set<Task<T>>(tasks);
  let wanted = Math.min(options.limit, tasks.length);

  const end = (): void => {
    for (const task of waiting) task.unlisten();
    waiting.clear();
    tell(results);
  };
  const over = (i: number, task: Task<T>, result: TaskResult<T> | undefined): void => {
    results[i] = [task, result];
    waiting.delete(task);
    if (result !== undefined) wanted--;
    if (wanted === 0 || waiting.size === 0) end();
  };
  for (const [i, task] of tasks.entries()) {
    if (!waiting.has(task)) return;
    task.next(timeoutMs, (result) => {
      if (!waiting.has(task)) return;
      if (result !== undefined || onTimeout === 'nothing') over(i, task, result);
      else if (onTimeout === 'ignore') over(i, task, task.ignore());
      else void task.shutdown('brutalKill').then((late) => over(i, task, late));
    });
  }
}

export interface ThreadsOptions {
  /** Number of scheduler threads, at least 1. */
  readonly schedulers: number;
  /** URL of the module that runs on each scheduler; see `SchedulerEntry`. */
  readonly entry: string;
  /** URL of a module that makes the host of each scheduler's kernel, see `SchedulerHost`: for tests. Default: the real clock. */
  readonly host?: string;
  /** Given to the entry module's `startScheduler`; plain data. */
  readonly data: unknown;
  /** A scheduler whose event loop stands still for so long is replaced. Default 2,000. */
  readonly stuckAfterMs?: number;
  /** More thread deaths than this within `maxRestartSeconds` end the process. Default 5 in 60 s. */
  readonly maxRestarts?: number;
  readonly maxRestartSeconds?: number;
  /** More threads than this that native code holds, so that nothing can end them, end the process. Default 4. */
  readonly maxWrittenOff?: number;
  /** How long the entry module may take to load. Default 30,000. */
  readonly startTimeoutMs?: number;
  readonly strictMessages?: boolean;
  /**
   * Limits of each scheduler's memory, in MiB, as `node:worker_threads` takes them; V8's own by default. A scheduler is recycled
   * when 85 % of its heap are in use.
   */
  readonly resourceLimits?: ResourceLimits;
  /** How long a scheduler that is recycled may take to run the `terminate` of its processes. Default 1,000. */
  readonly recycleTimeoutMs?: number;
}

export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number;
  readonly maxYoungGenerationSizeMb?: number;
  readonly stackSizeMb?: number;
}

/** `recycled`: on request, or because its heap was nearly full; `detail` says how full. */
export type ThreadDownReason = 'stuck' | 'exited' | 'error' | 'stopped' | 'recycled';

export interface ThreadEvents {
  up(thread: number, spec: unknown): void;
  /** After this the thread's pids are dead: links and monitors to them have fired. */
  down(thread: number, reason: ThreadDownReason, detail: unknown): void;
  /** Too many deaths, a replacement that does not start, or more threads written off than `maxWrittenOff`. */
  fatal(error: Error): void;
}

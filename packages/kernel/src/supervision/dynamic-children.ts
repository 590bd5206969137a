import { MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import { ProcessId } from '../identity/pid.js';
import type { Proc } from '../process/proc.js';
import { type BackoffOptions, checkBackoff } from './backoff.js';
import { type ChildSpec, tryChildSpec } from './child-spec.js';
import type { AdminResult, ChildCounts, ChildGroup, ChildInfo, Consequence, Refusal, Steps } from './children.js';
import { ChildrenByPid } from './children-by-pid.js';
import { mergedArguments } from './merged-arguments.js';
import type { StartOutcome } from './start-child.js';
import { DEFAULT_MAX_RESTARTS, DEFAULT_MAX_SECONDS } from './supervise.js';

export interface DynamicOptions {
  /** One more restart than this within `maxSeconds` ends the supervisor. Default 3. */
  readonly maxRestarts?: number;
  /** Default 5. */
  readonly maxSeconds?: number;
  /** `startChild` is refused with `max_children` beyond this. Default: no limit. */
  readonly maxChildren?: number;
  /** Given to all children: what a child's own `args` say goes over it. Elixir: `extra_arguments`. */
  readonly extraArguments?: object;
  /** Waits before restarts. Default: none, as in OTP. */
  readonly backoff?: BackoffOptions;
}

export interface CheckedDynamicOptions {
  readonly maxRestarts: number;
  readonly maxSeconds: number;
  readonly maxChildren: number;
  readonly extraArguments: object | undefined;
  readonly backoff: Required<BackoffOptions> | null;
}

const refused: Refusal = { ok: false, code: 'not_found' };

/** The children of a `DynamicSupervisor`: started on demand, each with a spec of its own, known by their pids. */
export class DynamicChildren implements ChildGroup {
  readonly #children: ChildrenByPid;
  readonly #maxChildren: number;
  readonly #extraArguments: object | undefined;

  constructor(proc: Proc, options: CheckedDynamicOptions) {
    this.#children = new ChildrenByPid(proc, options, true);
    this.#maxChildren = options.maxChildren;
    this.#extraArguments = options.extraArguments;
  }

  *start(): Steps<null> {
    return null;
  }

  stop(): Steps {
    return this.#children.stop();
  }

  owns(pid: ProcessId): boolean {
    return this.#children.running(pid) !== undefined;
  }

  ended(pid: ProcessId, reason: ExitReason): Consequence | Steps<Consequence> {
    return this.#children.ended(pid, reason);
  }

  tryAgain(key: unknown): Consequence | Steps<Consequence> {
    return this.#children.tryAgain(key);
  }

  *startChild(what: unknown): Steps<StartOutcome> {
    const given = tryChildSpec(what, 'never');
    if (given instanceof MisuseError) return { ok: false, code: 'bad_child_spec', reason: given };
    const spec = this.#extraArguments === undefined ? given : { ...given, args: mergedArguments(this.#extraArguments, given.args) };
    if (this.isFull) return { ok: false, code: 'max_children', reason: 'max_children' };
    return yield* this.#children.start(spec, spec.args);
  }

  *restartChild(): Steps<Refusal> {
    return refused;
  }

  *terminateChild(id: unknown): Steps<AdminResult> {
    return (yield* this.#children.terminate(id as ProcessId)) ? { ok: true } : refused;
  }

  deleteChild(): AdminResult {
    return refused;
  }

  which(): ChildInfo[] {
    return this.#children.which();
  }

  count(): ChildCounts {
    const { size, active, supervisors } = this.#children;
    return { specs: size, active, supervisors, workers: size - supervisors };
  }

  *spec(id: unknown): Steps<ChildSpec | undefined> {
    return id instanceof ProcessId ? this.#children.running(id)?.spec : undefined;
  }

  get isFull(): boolean {
    return this.#children.size >= this.#maxChildren;
  }

  adopt(pid: ProcessId, spec: ChildSpec): void {
    this.#children.adopt(pid, spec);
  }
}

/** The options with defaults, or a `bad_option` that names the one that is wrong. */
export function checkDynamicOptions(options: unknown): CheckedDynamicOptions {
  const {
    maxRestarts = DEFAULT_MAX_RESTARTS,
    maxSeconds = DEFAULT_MAX_SECONDS,
    maxChildren = Number.POSITIVE_INFINITY,
    extraArguments,
    backoff,
  } = options as DynamicOptions;
  for (const [name, value] of Object.entries({ maxRestarts, maxSeconds, maxChildren })) {
    if (typeof value !== 'number' || !(value >= 0))
      throw new MisuseError('bad_option', `${name}: expected a number from 0, got ${String(value)}`);
  }
  if (extraArguments !== undefined && (typeof extraArguments !== 'object' || extraArguments === null)) {
    throw new MisuseError('bad_option', `extraArguments: expected an object, got ${String(extraArguments)}`);
  }
  return { maxRestarts, maxSeconds, maxChildren, extraArguments, backoff: checkBackoff(backoff) };
}

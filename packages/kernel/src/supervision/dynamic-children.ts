import { MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import { ProcessId } from '../identity/pid.js';
import { Cast } from '../messages.js';
import { deliver } from '../process/deliver.js';
import type { Proc } from '../process/proc.js';
import { Backoff, type BackoffOptions, checkBackoff } from './backoff.js';
import { childEnded, childNotStarted, tooManyRestarts } from './child-reports.js';
import { type ChildSpec, tryChildSpec } from './child-spec.js';
import {
  type AdminResult,
  type ChildCounts,
  type ChildGroup,
  type ChildInfo,
  type Consequence,
  isRunning,
  lostWith,
  type Refusal,
  type Steps,
  shutdown,
} from './children.js';
import { RestartIntensity } from './intensity.js';
import { mergedArguments } from './merged-arguments.js';
import { isRestarted } from './restart.js';
import { beginStart, type StartOutcome, startChild } from './start-child.js';
import { stopAll } from './stop-child.js';
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
  readonly #proc: Proc;
  readonly #maxChildren: number;
  readonly #extraArguments: object | undefined;
  readonly #intensity: RestartIntensity;
  readonly #backoff: Backoff;
  readonly #running = new Map<ProcessId, ChildSpec>();
  readonly #restarting = new Map<ProcessId, ChildSpec>();

  constructor(proc: Proc, options: CheckedDynamicOptions) {
    this.#proc = proc;
    this.#maxChildren = options.maxChildren;
    this.#extraArguments = options.extraArguments;
    this.#backoff = new Backoff(proc, options.backoff);
    this.#intensity = new RestartIntensity(options.maxRestarts, options.maxSeconds * 1000);
  }

  *start(): Steps<null> {
    return null;
  }

  *stop(): Steps {
    const children = Array.from(this.#running, ([pid, spec]) => ({ pid, spec }));
    this.#running.clear();
    this.#restarting.clear();
    yield* stopAll(this.#proc, children);
  }

  owns(pid: ProcessId): boolean {
    return this.#running.has(pid);
  }

  ended(pid: ProcessId, reason: ExitReason): Consequence | Steps<Consequence> {
    const spec = this.#running.get(pid) as ChildSpec;
    this.#running.delete(pid);
    childEnded(this.#proc, spec, pid, reason);
    if (isRestarted(spec.restart, reason)) return this.#restart(pid, spec, lostWith(pid, reason));
    this.#backoff.forget(pid);
    return undefined;
  }

  tryAgain(key: unknown): Consequence | Steps<Consequence> {
    const spec = this.#restarting.get(key as ProcessId);
    if (spec === undefined) return undefined;
    this.#restarting.delete(key as ProcessId);
    return this.#backoff.on ? this.#startAgain(key as ProcessId, spec) : this.#restart(key as ProcessId, spec, undefined);
  }

  *startChild(what: unknown): Steps<StartOutcome> {
    const given = tryChildSpec(what, 'never');
    if (given instanceof MisuseError) return { ok: false, code: 'bad_child_spec', reason: given };
    const spec = this.#extraArguments === undefined ? given : { ...given, args: mergedArguments(this.#extraArguments, given.args) };
    if (this.isFull) return { ok: false, code: 'max_children', reason: 'max_children' };
    const outcome = yield* startChild(this.#proc, spec, spec.args);
    if (outcome.ok && outcome.pid !== null) {
      this.#running.set(outcome.pid, spec);
      this.#backoff.started(outcome.pid);
    }
    return outcome;
  }

  *restartChild(): Steps<Refusal> {
    return refused;
  }

  *terminateChild(id: unknown): Steps<AdminResult> {
    const pid = id as ProcessId;
    const spec = this.#running.get(pid);
    this.#backoff.forget(pid);
    if (spec === undefined) return this.#restarting.delete(pid) ? { ok: true } : refused;
    this.#running.delete(pid);
    yield* stopAll(this.#proc, [{ pid, spec }]);
    return { ok: true };
  }

  deleteChild(): AdminResult {
    return refused;
  }

  which(): ChildInfo[] {
    return [
      ...Array.from(this.#running, ([pid, { type }]) => ({ id: undefined, pid, type })),
      ...Array.from(this.#restarting.values(), ({ type }) => ({ id: undefined, pid: 'restarting' as const, type })),
    ];
  }

  count(): ChildCounts {
    const specs = [...this.#running.values(), ...this.#restarting.values()];
    const supervisors = specs.filter((spec) => spec.type === 'supervisor').length;
    return {
      specs: specs.length,
      active: [...this.#running.keys()].filter(isRunning).length,
      supervisors,
      workers: specs.length - supervisors,
    };
  }

  *spec(id: unknown): Steps<ChildSpec | undefined> {
    return id instanceof ProcessId ? this.#running.get(id) : undefined;
  }

  get isFull(): boolean {
    return this.#running.size + this.#restarting.size >= this.#maxChildren;
  }

  adopt(pid: ProcessId, spec: ChildSpec): void {
    this.#running.set(pid, spec);
  }

  #restart(pid: ProcessId, spec: ChildSpec, lost: Address | undefined): Consequence | Steps<Consequence> {
    if (!this.#isAllowed(pid, spec, lost)) return shutdown;
    return this.#backoff.on ? this.#later(pid, spec) : this.#startAgain(pid, spec);
  }

  #isAllowed(pid: ProcessId, spec: ChildSpec, lost: Address | undefined): boolean {
    if (this.#intensity.allow(this.#proc.kernel.host.now(), lost)) return true;
    tooManyRestarts(this.#proc, spec, pid);
    return false;
  }

  #later(pid: ProcessId, spec: ChildSpec): undefined {
    this.#restarting.set(pid, spec);
    this.#backoff.later(pid);
  }

  *#startAgain(pid: ProcessId, spec: ChildSpec): Steps<Consequence> {
    const wait = beginStart(this.#proc, spec, spec.args);
    const outcome = (wait.done ? wait.result : yield wait) as StartOutcome;
    if (outcome.ok) {
      if (outcome.pid === null) this.#backoff.forget(pid);
      else {
        this.#running.set(outcome.pid, spec);
        this.#backoff.started(outcome.pid, pid);
      }
      return undefined;
    }
    childNotStarted(this.#proc, spec, outcome.reason);
    if (this.#backoff.on) return this.#isAllowed(pid, spec, undefined) ? this.#later(pid, spec) : shutdown;
    this.#restarting.set(pid, spec);
    deliver(this.#proc, new Cast('tryAgain', [pid]));
    return undefined;
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

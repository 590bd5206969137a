import type { ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import type { ProcessId } from '../identity/pid.js';
import { Cast } from '../messages.js';
import { deliver } from '../process/deliver.js';
import type { Proc } from '../process/proc.js';
import { Backoff, type BackoffOptions } from './backoff.js';
import { childEnded, childNotStarted, tooManyRestarts } from './child-reports.js';
import type { ChildSpec } from './child-spec.js';
import { type ChildInfo, type Consequence, isRunning, lostWith, type Steps, shutdown } from './children.js';
import { RestartIntensity } from './intensity.js';
import { isRestarted } from './restart.js';
import { beginStart, type StartOutcome, startChild } from './start-child.js';
import { stopAll } from './stop-child.js';

/** How a child that has no id is started, again and again the same way. */
export interface StartedWith {
  readonly spec: ChildSpec;
  readonly args: unknown;
}

export interface RestartOptions {
  readonly maxRestarts: number;
  readonly maxSeconds: number;
  readonly backoff: Required<BackoffOptions> | null;
}

/** Children that are started on demand and known by their pids: each on its own, as with `oneForOne`, and all stopped at once. */
export class ChildrenByPid {
  readonly #proc: Proc;
  /** Whether a start is reported. */
  readonly #progress: boolean;
  readonly #intensity: RestartIntensity;
  readonly #backoff: Backoff;
  readonly #running = new Map<ProcessId, StartedWith>();
  /** Children whose restart failed or has to wait, by the pid they had last. */
  readonly #restarting = new Map<ProcessId, StartedWith>();

  constructor(proc: Proc, options: RestartOptions, progress: boolean) {
    this.#proc = proc;
    this.#progress = progress;
    this.#backoff = new Backoff(proc, options.backoff);
    this.#intensity = new RestartIntensity(options.maxRestarts, options.maxSeconds * 1000);
  }

  get size(): number {
    return this.#running.size + this.#restarting.size;
  }

  get active(): number {
    return [...this.#running.keys()].filter(isRunning).length;
  }

  get supervisors(): number {
    return [...this.#running.values(), ...this.#restarting.values()].filter(({ spec }) => spec.type === 'supervisor').length;
  }

  /** What a running child was started with. */
  running(pid: ProcessId): StartedWith | undefined {
    return this.#running.get(pid);
  }

  which(): ChildInfo[] {
    return [
      ...Array.from(this.#running, ([pid, { spec }]) => ({ id: undefined, pid, type: spec.type })),
      ...Array.from(this.#restarting.values(), ({ spec }) => ({ id: undefined, pid: 'restarting' as const, type: spec.type })),
    ];
  }

  *start(spec: ChildSpec, args: unknown): Steps<StartOutcome> {
    const outcome = yield* startChild(this.#proc, spec, args, this.#progress);
    if (outcome.ok && outcome.pid !== null) {
      this.#running.set(outcome.pid, { spec, args });
      this.#backoff.started(outcome.pid);
    }
    return outcome;
  }

  /** A process that runs already. */
  adopt(pid: ProcessId, spec: ChildSpec): void {
    this.#running.set(pid, { spec, args: spec.args });
  }

  *stop(): Steps {
    const children = Array.from(this.#running, ([pid, { spec }]) => ({ pid, spec }));
    this.#running.clear();
    this.#restarting.clear();
    yield* stopAll(this.#proc, children);
  }

  /** False if there is no such child. */
  *terminate(pid: ProcessId): Steps<boolean> {
    this.#backoff.forget(pid);
    const child = this.#running.get(pid);
    if (child === undefined) return this.#restarting.delete(pid);
    this.#running.delete(pid);
    yield* stopAll(this.#proc, [{ pid, spec: child.spec }]);
    return true;
  }

  ended(pid: ProcessId, reason: ExitReason): Consequence | Steps<Consequence> {
    const child = this.#running.get(pid) as StartedWith;
    this.#running.delete(pid);
    childEnded(this.#proc, child.spec, pid, reason);
    if (isRestarted(child.spec.restart, reason)) return this.#restart(pid, child, lostWith(pid, reason));
    this.#backoff.forget(pid);
    return undefined;
  }

  tryAgain(key: unknown): Consequence | Steps<Consequence> {
    const pid = key as ProcessId;
    const child = this.#restarting.get(pid);
    if (child === undefined) return undefined;
    this.#restarting.delete(pid);
    return this.#backoff.on ? this.#startAgain(pid, child) : this.#restart(pid, child, undefined);
  }

  #restart(pid: ProcessId, child: StartedWith, lost: Address | undefined): Consequence | Steps<Consequence> {
    if (!this.#isAllowed(pid, child, lost)) return shutdown;
    return this.#backoff.on ? this.#later(pid, child) : this.#startAgain(pid, child);
  }

  #isAllowed(pid: ProcessId, { spec }: StartedWith, lost: Address | undefined): boolean {
    if (this.#intensity.allow(this.#proc.kernel.host.now(), lost)) return true;
    tooManyRestarts(this.#proc, spec, pid);
    return false;
  }

  #later(pid: ProcessId, child: StartedWith): undefined {
    this.#restarting.set(pid, child);
    this.#backoff.later(pid);
  }

  *#startAgain(pid: ProcessId, child: StartedWith): Steps<Consequence> {
    const { spec, args } = child;
    const wait = beginStart(this.#proc, spec, args, this.#progress);
    const outcome = (wait.done ? wait.result : yield wait) as StartOutcome;
    if (outcome.ok) {
      if (outcome.pid === null) this.#backoff.forget(pid);
      else {
        this.#running.set(outcome.pid, child);
        this.#backoff.started(outcome.pid, pid);
      }
      return undefined;
    }
    childNotStarted(this.#proc, spec, outcome.reason);
    if (this.#backoff.on) return this.#isAllowed(pid, child, undefined) ? this.#later(pid, child) : shutdown;
    this.#restarting.set(pid, child);
    deliver(this.#proc, new Cast('tryAgain', [pid]));
    return undefined;
  }
}

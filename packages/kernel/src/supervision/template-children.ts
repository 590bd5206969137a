import { MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import { ProcessId } from '../identity/pid.js';
import { Cast } from '../messages.js';
import { deliver } from '../process/deliver.js';
import type { Proc } from '../process/proc.js';
import { Wait } from '../process/wait.js';
import { askAlive } from '../remote/outbound.js';
import { Backoff } from './backoff.js';
import { childEnded, childNotStarted, tooManyRestarts } from './child-reports.js';
import type { ChildSpec } from './child-spec.js';
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
import type { CheckedOptions } from './supervise.js';

const refused: Refusal = { ok: false, code: 'simple_one_for_one' };

/** `simpleOneForOne`: any number of children from one template, known by their pids, all stopped at once. */
export class TemplateChildren implements ChildGroup {
  readonly #proc: Proc;
  readonly #template: ChildSpec;
  readonly #intensity: RestartIntensity;
  readonly #backoff: Backoff;
  /** Running children, and what each was started with. */
  readonly #running = new Map<ProcessId, unknown>();
  /** Children whose restart failed, by the pid they had last. */
  readonly #restarting = new Map<ProcessId, unknown>();

  constructor(proc: Proc, options: CheckedOptions, template: ChildSpec) {
    this.#proc = proc;
    this.#template = template;
    this.#backoff = new Backoff(proc, options.backoff);
    this.#intensity = new RestartIntensity(options.maxRestarts, options.maxSeconds * 1000);
  }

  *start(): Steps<null> {
    return null;
  }

  *stop(): Steps {
    const children = Array.from(this.#running.keys(), (pid) => ({ pid, spec: this.#template }));
    this.#running.clear();
    this.#restarting.clear();
    yield* stopAll(this.#proc, children);
  }

  owns(pid: ProcessId): boolean {
    return this.#running.has(pid);
  }

  ended(pid: ProcessId, reason: ExitReason): Consequence | Steps<Consequence> {
    const args = this.#running.get(pid);
    this.#running.delete(pid);
    childEnded(this.#proc, this.#template, pid, reason);
    if (isRestarted(this.#template.restart, reason)) return this.#restart(pid, args, lostWith(pid, reason));
    this.#backoff.forget(pid);
    return undefined;
  }

  tryAgain(key: unknown): Consequence | Steps<Consequence> {
    const pid = key as ProcessId;
    if (!this.#restarting.has(pid)) return undefined;
    const args = this.#restarting.get(pid);
    this.#restarting.delete(pid);
    return this.#backoff.on ? this.#startAgain(pid, args) : this.#restart(pid, args, undefined);
  }

  *startChild(extra: unknown): Steps<StartOutcome> {
    const args = mergedArguments(this.#template.args, extra);
    const outcome = yield* startChild(this.#proc, this.#template, args, false);
    if (outcome.ok && outcome.pid !== null) {
      this.#running.set(outcome.pid, args);
      this.#backoff.started(outcome.pid);
    }
    return outcome;
  }

  *restartChild(): Steps<Refusal> {
    return refused;
  }

  *terminateChild(id: unknown): Steps<AdminResult> {
    if (!(id instanceof ProcessId)) return refused;
    this.#backoff.forget(id);
    if (this.#running.delete(id)) yield* stopAll(this.#proc, [{ pid: id, spec: this.#template }]);
    else if (!this.#restarting.delete(id) && (yield* isAliveAnywhere(this.#proc, id))) return { ok: false, code: 'not_found' };
    return { ok: true };
  }

  deleteChild(): AdminResult {
    return refused;
  }

  which(): ChildInfo[] {
    const { type } = this.#template;
    return [
      ...Array.from(this.#running.keys(), (pid) => ({ id: undefined, pid, type })),
      ...Array.from(this.#restarting.keys(), () => ({ id: undefined, pid: 'restarting' as const, type })),
    ];
  }

  count(): ChildCounts {
    const all = this.#running.size + this.#restarting.size;
    const supervisors = this.#template.type === 'supervisor' ? all : 0;
    return { specs: 1, active: [...this.#running.keys()].filter(isRunning).length, supervisors, workers: all - supervisors };
  }

  *spec(id: unknown): Steps<ChildSpec | undefined> {
    const known = id instanceof ProcessId ? this.#running.has(id) || !(yield* isAliveAnywhere(this.#proc, id)) : id === this.#template.id;
    return known ? this.#template : undefined;
  }

  adopt(): never {
    throw new MisuseError('badarg', 'only a DynamicSupervisor takes processes that were started elsewhere');
  }

  #restart(pid: ProcessId, args: unknown, lost: Address | undefined): Consequence | Steps<Consequence> {
    if (!this.#isAllowed(pid, this.#template, lost)) return shutdown;
    return this.#backoff.on ? this.#later(pid, args) : this.#startAgain(pid, args);
  }

  #isAllowed(pid: ProcessId, spec: ChildSpec, lost: Address | undefined): boolean {
    if (this.#intensity.allow(this.#proc.kernel.host.now(), lost)) return true;
    tooManyRestarts(this.#proc, spec, pid);
    return false;
  }

  #later(pid: ProcessId, args: unknown): undefined {
    this.#restarting.set(pid, args);
    this.#backoff.later(pid);
  }

  *#startAgain(pid: ProcessId, args: unknown): Steps<Consequence> {
    const wait = beginStart(this.#proc, this.#template, args, false);
    const outcome = (wait.done ? wait.result : yield wait) as StartOutcome;
    if (outcome.ok) {
      if (outcome.pid === null) this.#backoff.forget(pid);
      else {
        this.#running.set(outcome.pid, args);
        this.#backoff.started(outcome.pid, pid);
      }
      return undefined;
    }
    childNotStarted(this.#proc, this.#template, outcome.reason);
    if (this.#backoff.on) return this.#isAllowed(pid, this.#template, undefined) ? this.#later(pid, args) : shutdown;
    this.#restarting.set(pid, args);
    deliver(this.#proc, new Cast('tryAgain', [pid]));
    return undefined;
  }
}

/** OTP: `is_process_alive/1`; a process elsewhere is asked. */
function* isAliveAnywhere(proc: Proc, pid: ProcessId): Steps<boolean> {
  if (pid.isLocal) return pid.proc.alive;
  const wait = new Wait(proc);
  askAlive(pid, (alive) => wait.wake(alive));
  return (yield* wait.value()) === true;
}

import { MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import type { ProcessId } from '../identity/pid.js';
import { Cast } from '../messages.js';
import { deliver } from '../process/deliver.js';
import { keep } from '../process/kept.js';
import { GONE, type Proc } from '../process/proc.js';
import { Backoff } from './backoff.js';
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
import { PidTable } from './pid-table.js';
import { affected, endsSupervisor, isRestarted } from './restart.js';
import { beginStart, type StartOutcome, startChild } from './start-child.js';
import { stopAll } from './stop-child.js';
import type { CheckedOptions } from './supervise.js';

interface Child {
  readonly spec: ChildSpec;
  pid: ProcessId | null;
  /** Its restart has failed and will be tried again. */
  restarting: boolean;
}

/** `oneForOne`, `oneForAll`, `restForOne`: each child has an id and a spec of its own, in start order. */
export class NamedChildren implements ChildGroup {
  readonly #proc: Proc;
  readonly #options: CheckedOptions;
  readonly #intensity: RestartIntensity;
  readonly #backoff: Backoff;
  readonly #children = new Map<string, Child>();
  readonly #byPid = new PidTable<Child>();

  constructor(proc: Proc, options: CheckedOptions, specs: readonly ChildSpec[]) {
    this.#proc = proc;
    this.#options = options;
    this.#intensity = new RestartIntensity(options.maxRestarts, options.maxSeconds * 1000);
    this.#backoff = new Backoff(proc, options.backoff);
    for (const spec of specs) this.#children.set(spec.id, { spec, pid: null, restarting: false });
  }

  start(): Steps<{ id: string; reason: unknown } | null> {
    return this.#startAll([...this.#children.keys()]);
  }

  stop(): Steps {
    return this.#stopAll([...this.#children.keys()]);
  }

  owns(pid: ProcessId): boolean {
    return this.#byPid.get(pid) !== undefined;
  }

  ended(pid: ProcessId, reason: ExitReason): Consequence | Steps<Consequence> {
    const child = this.#byPid.get(pid) as Child;
    childEnded(this.#proc, child.spec, pid, reason);
    if (isRestarted(child.spec.restart, reason)) return this.#restart(child, lostWith(pid, reason));
    this.#stopped(child);
    const othersRun = (): boolean => [...this.#children.values()].some((other) => other.spec.significant && other.pid !== null);
    return endsSupervisor(this.#options.autoShutdown, child.spec.significant, othersRun) ? shutdown : undefined;
  }

  tryAgain(id: unknown): Consequence | Steps<Consequence> {
    const child = this.#children.get(id as string);
    if (child?.restarting !== true) return undefined;
    return this.#backoff.on ? this.#startAgain(child) : this.#restart(child, undefined);
  }

  *startChild(what: unknown): Steps<StartOutcome> {
    const spec = tryChildSpec(what, this.#options.autoShutdown);
    if (spec instanceof MisuseError) return { ok: false, code: 'bad_child_spec', reason: spec };
    const known = this.#children.get(spec.id);
    if (known !== undefined) {
      if (known.pid === null) return { ok: false, code: 'already_present', reason: 'already_present' };
      return { ok: false, code: 'already_started', reason: 'already_started', pid: known.pid };
    }
    const outcome = yield* startChild(this.#proc, spec, spec.args);
    if (outcome.ok && (outcome.pid !== null || spec.restart !== 'temporary')) {
      const child: Child = { spec, pid: null, restarting: false };
      this.#children.set(spec.id, child);
      this.#started(child, outcome.pid);
    }
    return outcome;
  }

  *restartChild(id: string): Steps<StartOutcome | Refusal> {
    const child = this.#children.get(id);
    const refusal = refuseUnlessStopped(child);
    if (child === undefined || refusal !== null) return refusal as Refusal;
    const outcome = yield* startChild(this.#proc, child.spec, child.spec.args);
    if (outcome.ok) this.#started(child, outcome.pid);
    return outcome;
  }

  *terminateChild(id: unknown): Steps<AdminResult> {
    if (!this.#children.has(id as string)) return { ok: false, code: 'not_found' };
    yield* this.#stopAll([id as string]);
    return { ok: true };
  }

  deleteChild(id: string): AdminResult {
    const refusal = refuseUnlessStopped(this.#children.get(id));
    if (refusal !== null) return refusal;
    this.#forget(id);
    return { ok: true };
  }

  which(): ChildInfo[] {
    return Array.from(this.#children.values(), ({ spec, pid, restarting }) => ({
      id: spec.id,
      pid: restarting ? 'restarting' : (pid ?? undefined),
      type: spec.type,
    }));
  }

  count(): ChildCounts {
    const children = [...this.#children.values()];
    const supervisors = children.filter((child) => child.spec.type === 'supervisor').length;
    return {
      specs: children.length,
      active: children.filter((child) => child.pid !== null && isRunning(child.pid)).length,
      supervisors,
      workers: children.length - supervisors,
    };
  }

  *spec(id: unknown): Steps<ChildSpec | undefined> {
    return this.#children.get(id as string)?.spec;
  }

  /** Where the child with that id runs. */
  pidOf(id: string): ProcessId | undefined {
    return this.#children.get(id)?.pid ?? undefined;
  }

  adopt(): never {
    throw new MisuseError('badarg', 'only a DynamicSupervisor takes processes that were started elsewhere');
  }

  // ---------------------------------------------------------------- steps

  #restart(child: Child, lost: Address | undefined): Consequence | Steps<Consequence> {
    if (this.#backoff.on) return this.#pause(child, lost);
    if (!this.#isAllowed(child, lost)) return shutdown;
    this.#forgetPid(child);
    return this.#startAgain(child);
  }

  #isAllowed(child: Child, lost: Address | undefined): boolean {
    if (this.#intensity.allow(this.#proc.kernel.host.now(), lost)) return true;
    tooManyRestarts(this.#proc, child.spec, child.pid);
    this.#stopped(child);
    return false;
  }

  /** With a back-off: what the failure concerns is stopped at once, and started when its time has come. */
  *#pause(child: Child, lost: Address | undefined): Steps<Consequence> {
    if (!this.#isAllowed(child, lost)) return shutdown;
    const { id } = child.spec;
    this.#forgetPid(child);
    child.restarting = true;
    if (this.#options.strategy !== 'oneForOne') yield* this.#stopAll(this.#affected(id).filter((other) => other !== id));
    this.#backoff.later(id);
    return undefined;
  }

  *#startAgain(child: Child): Steps<Consequence> {
    const { id } = child.spec;
    let failed: string | undefined;
    if (this.#options.strategy === 'oneForOne') {
      const wait = beginStart(this.#proc, child.spec, child.spec.args);
      const outcome = (wait.done ? wait.result : yield wait) as StartOutcome;
      if (outcome.ok) this.#started(child, outcome.pid);
      else {
        childNotStarted(this.#proc, child.spec, outcome.reason);
        failed = id;
      }
    } else {
      const group = this.#affected(id);
      yield* this.#stopAll(group);
      failed = (yield* this.#startAll(group))?.id;
    }
    if (failed === undefined) return undefined;
    if (this.#backoff.on) return yield* this.#pause(this.#children.get(failed) as Child, undefined);
    this.#tryLater(failed);
    return undefined;
  }

  #affected(id: string): readonly string[] {
    return affected(this.#options.strategy, [...this.#children.keys()], id);
  }

  /** After what is in the mailbox by then; each try counts as a restart. */
  #tryLater(id: string): void {
    (this.#children.get(id) as Child).restarting = true;
    deliver(this.#proc, new Cast('tryAgain', [id]));
  }

  *#startAll(ids: readonly string[]): Steps<{ id: string; reason: unknown } | null> {
    for (const id of ids) {
      const child = this.#children.get(id);
      if (child === undefined) continue;
      const outcome = yield* startChild(this.#proc, child.spec, child.spec.args);
      if (!outcome.ok) {
        childNotStarted(this.#proc, child.spec, outcome.reason);
        return { id, reason: outcome.reason };
      }
      if (outcome.pid === null && child.spec.restart === 'temporary') this.#children.delete(id);
      else this.#started(child, outcome.pid);
    }
    return null;
  }

  /** One after the other, the last started first. */
  *#stopAll(ids: readonly string[]): Steps {
    for (const id of [...ids].reverse()) {
      const child = this.#children.get(id);
      if (child === undefined) continue;
      const { pid } = child;
      this.#stopped(child);
      if (pid !== null) yield* stopAll(this.#proc, [{ pid, spec: child.spec }]);
    }
  }

  #started(child: Child, pid: ProcessId | null): void {
    child.pid = pid;
    child.restarting = false;
    if (pid === null) return;
    this.#byPid.add(pid, child);
    this.#backoff.started(child.spec.id);
  }

  #forget(id: string): void {
    this.#children.delete(id);
    this.#backoff.forget(id);
  }

  #forgetPid(child: Child): void {
    if (child.pid !== null) this.#byPid.delete(child.pid);
    child.pid = null;
  }

  /** Not running any more; a temporary child is no longer a child. */
  #stopped(child: Child): void {
    this.#forgetPid(child);
    child.restarting = false;
    if (child.spec.restart === 'temporary') this.#forget(child.spec.id);
  }
}

function refuseUnlessStopped(child: Child | undefined): Refusal | null {
  if (child === undefined) return { ok: false, code: 'not_found' };
  if (child.restarting) return { ok: false, code: 'restarting' };
  return child.pid === null ? null : { ok: false, code: 'running' };
}

keep(new NamedChildren(GONE, { strategy: 'oneForOne', maxRestarts: 3, maxSeconds: 5, autoShutdown: 'never', backoff: null }, []));

import { MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import { ProcessId } from '../identity/pid.js';
import type { Proc } from '../process/proc.js';
import { Wait } from '../process/wait.js';
import { askAlive } from '../remote/outbound.js';
import type { ChildSpec } from './child-spec.js';
import type { AdminResult, ChildCounts, ChildGroup, ChildInfo, Consequence, Refusal, Steps } from './children.js';
import { ChildrenByPid } from './children-by-pid.js';
import { mergedArguments } from './merged-arguments.js';
import type { StartOutcome } from './start-child.js';
import type { CheckedOptions } from './supervise.js';

const refused: Refusal = { ok: false, code: 'simple_one_for_one' };

/** `simpleOneForOne`: any number of children from one template, known by their pids, all stopped at once. */
export class TemplateChildren implements ChildGroup {
  readonly #proc: Proc;
  readonly #template: ChildSpec;
  readonly #children: ChildrenByPid;

  constructor(proc: Proc, options: CheckedOptions, template: ChildSpec) {
    this.#proc = proc;
    this.#template = template;
    this.#children = new ChildrenByPid(proc, options, false);
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

  startChild(extra: unknown): Steps<StartOutcome> {
    return this.#children.start(this.#template, mergedArguments(this.#template.args, extra));
  }

  *restartChild(): Steps<Refusal> {
    return refused;
  }

  *terminateChild(id: unknown): Steps<AdminResult> {
    if (!(id instanceof ProcessId)) return refused;
    const known = yield* this.#children.terminate(id);
    return known || !(yield* isAliveAnywhere(this.#proc, id)) ? { ok: true } : { ok: false, code: 'not_found' };
  }

  deleteChild(): AdminResult {
    return refused;
  }

  which(): ChildInfo[] {
    return this.#children.which();
  }

  count(): ChildCounts {
    const { size, active, supervisors } = this.#children;
    return { specs: 1, active, supervisors, workers: size - supervisors };
  }

  *spec(id: unknown): Steps<ChildSpec | undefined> {
    if (!(id instanceof ProcessId)) return id === this.#template.id ? this.#template : undefined;
    return this.owns(id) || !(yield* isAliveAnywhere(this.#proc, id)) ? this.#template : undefined;
  }

  adopt(): never {
    throw new MisuseError('badarg', 'only a DynamicSupervisor takes processes that were started elsewhere');
  }
}

/** OTP: `is_process_alive/1`; a process elsewhere is asked. */
function* isAliveAnywhere(proc: Proc, pid: ProcessId): Steps<boolean> {
  if (pid.isLocal) return pid.proc.alive;
  const wait = new Wait(proc);
  askAlive(pid, (alive) => wait.wake(alive));
  return (yield* wait.value()) === true;
}

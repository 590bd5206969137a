import type { Server } from '../behaviours/callbacks.js';
import { construct } from '../behaviours/instance.js';
import { MisuseError } from '../errors.js';
import type { ProcessId } from '../identity/pid.js';
import { ExitMessage } from '../messages.js';
import { Ignore, Stop } from '../outcome.js';
import { TRAP } from '../process/flags.js';
import { keep } from '../process/kept.js';
import { GONE, type Proc } from '../process/proc.js';
import { awaitPromise } from '../process/wait.js';
import type { ChildSpec } from './child-spec.js';
import type { AdminResult, ChildCounts, ChildGroup, ChildInfo, Consequence, Refusal, Steps } from './children.js';
import type { StartOutcome } from './start-child.js';

/**
 * The process of a supervisor, after `supervisor.erl`. It waits for its children's starts and ends inside its callbacks,
 * so requests and exits that come meanwhile are handled in order afterwards, as in OTP.
 */
export class SupervisorServer implements Server {
  readonly proc: Proc;
  /** What the user's `init` is called on. */
  protected readonly user: { init(args: never): unknown };
  readonly #makeGroup: (spec: object) => ChildGroup;
  #children!: ChildGroup;

  /** `makeGroup` makes the children out of what the user's `init` answered. */
  constructor(proc: Proc, Class: new () => { init(args: never): unknown }, makeGroup: (spec: object) => ChildGroup) {
    this.proc = proc;
    this.user = construct(Class, proc);
    this.#makeGroup = makeGroup;
  }

  *init(args: unknown): Steps<unknown> {
    this.proc.flags |= TRAP;
    let spec = this.user.init(args as never);
    if (spec instanceof Promise) spec = yield* awaitPromise(this.proc, spec);
    if (spec instanceof Ignore || spec instanceof Stop) return spec;
    if (typeof spec !== 'object' || spec === null) return new Stop({ bad_return_value: spec }, false, undefined);
    this.#children = this.#makeGroup(spec);
    const failure = yield* this.#children.start();
    if (failure === null) return undefined;
    yield* this.#children.stop();
    return new Stop({ shutdown: { failed_to_start_child: failure.id, reason: failure.reason } }, false, undefined);
  }

  startChild(what: unknown): Steps<StartOutcome> {
    return this.#children.startChild(what);
  }

  restartChild(id: string): Steps<StartOutcome | Refusal> {
    return this.#children.restartChild(id);
  }

  terminateChild(id: unknown): Steps<AdminResult> {
    return this.#children.terminateChild(id);
  }

  deleteChild(id: string): AdminResult {
    return this.#children.deleteChild(id);
  }

  whichChildren(): ChildInfo[] {
    return this.#children.which();
  }

  countChildren(): ChildCounts {
    return this.#children.count();
  }

  /** For processes that the framework itself has started, linked to this supervisor. */
  adopt(pid: ProcessId, spec: ChildSpec): void {
    this.#children.adopt(pid, spec);
  }

  getChildSpec(id: unknown): Steps<ChildSpec | undefined> {
    return this.#children.spec(id);
  }

  /** Sent to itself after a failed restart. */
  tryAgain(key: unknown): Consequence | Steps<Consequence> {
    return this.#children.tryAgain(key);
  }

  handleInfo(message: unknown): Consequence | Steps<Consequence> {
    return message instanceof ExitMessage && this.#children.owns(message.pid as ProcessId)
      ? this.#children.ended(message.pid as ProcessId, message.reason)
      : undefined;
  }

  handleCall(name: string): never {
    throw new MisuseError('badarg', `a supervisor has no request '${name}'`);
  }

  handleCast(name: string): never {
    throw new MisuseError('badarg', `a supervisor has no request '${name}'`);
  }

  handleContinue(): undefined {
    return undefined;
  }

  systemGetState(): { children: ChildInfo[] } {
    return { children: this.#children.which() };
  }

  systemReplaceState(): never {
    throw new MisuseError('badarg', 'the state of a supervisor is its children: use startChild, terminateChild and the others');
  }

  terminate(): Steps {
    return this.#children.stop();
  }
}

keep(new SupervisorServer(GONE, Object as never, null as never));

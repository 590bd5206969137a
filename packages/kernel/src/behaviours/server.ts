import { Request } from '../calls/request.js';
import { type ExitReason, isOrderly } from '../exit-reason.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import { Cast, DownMessage, Envelope, ExitMessage, IdleExpired, idleMessage, RejectedMessage } from '../messages.js';
import { Ignore, Next, NoReply, Outcome, Reply, Stash, Stop } from '../outcome.js';
import { crashed } from '../process/crash.js';
import { die, freeName } from '../process/death.js';
import { DEAD, IDLE_TIMER, TERMINATING, WAKE, WATCHED } from '../process/flags.js';
import { putAside } from '../process/mailbox.js';
import { EMPTY, type Proc } from '../process/proc.js';
import { hasStray, throwStray } from '../process/strays.js';
import { thrownReason } from './behaviour.js';
import { CALL, CAST, CONTINUE, INFO, INIT, NAME, OTHER, type Server, TERMINATE } from './callbacks.js';
import { armIdleTimer } from './idle-timer.js';
import { claimName, claimNameLater } from './name-claim.js';
import { requestTable } from './request-table.js';
import type { Start } from './start.js';
import { SuspendingBehaviour } from './suspending-behaviour.js';
import { isParent } from './system-behaviour.js';

// Folded into the code, as imported constants are not (see `flags.ts`).
const ENDED = DEAD;
/** Its messages are looked at before they are handled. */
const INTERCEPTED = IDLE_TIMER | WATCHED;

/** Which callback of the running process is on the stack; one thread runs one handler at a time. */
let phase = INFO;

/** The loop of `gen_server`: one object per class. */
export class ServerBehaviour extends SuspendingBehaviour {
  readonly name: string;
  protected readonly create: (proc: Proc) => Server;
  readonly #requests: Map<string, (...args: never[]) => unknown>;
  readonly #terminates: boolean;
  /** Callbacks may be generators that wait for the kernel (supervisors); user classes use promises. */
  readonly #generators: boolean;

  /** `requests`: the class whose methods are the requests; `create` makes the server of a process. */
  constructor(
    name: string,
    requests: { readonly prototype: object },
    create: (proc: Proc) => Server,
    terminates: boolean,
    generators: boolean,
  ) {
    super();
    this.name = name;
    this.create = create;
    this.#requests = requestTable(requests);
    this.#terminates = terminates;
    this.#generators = generators;
  }

  override wake(proc: Proc): void {
    this.failByStray(proc);
    if (proc.instance === null) {
      this.start(proc);
      return;
    }
    const extra = proc.more();
    if (extra.generator !== null) {
      this.drive(proc);
      return;
    }
    const step = extra.step;
    if (step === null) return;
    extra.step = null;
    this.#continue(proc, step);
  }

  /** Throws what code that the process has started had thrown, as if what it is doing had. */
  protected failByStray(proc: Proc): void {
    if (!hasStray(proc)) return;
    if ((proc.flags & TERMINATING) !== 0) phase = TERMINATE;
    else phase = proc.owed !== null && proc.owed.isStart === true ? INIT : INFO;
    throwStray(proc);
  }

  override handle(proc: Proc, message: unknown): void {
    if ((proc.flags & INTERCEPTED) !== 0 && this.intercept(proc, message)) return;
    if (message instanceof Envelope) this.#envelope(proc, message);
    else this.#info(proc, message);
  }

  #envelope(proc: Proc, message: Envelope): void {
    if (message instanceof Request) this.#call(proc, message);
    else if (message instanceof Cast) this.#cast(proc, message);
    else if (message instanceof ExitMessage) {
      if (isParent(proc, message)) this.stop(proc, new Stop(message.reason, false, undefined));
      else this.#info(proc, message);
    } else if (message instanceof DownMessage || message instanceof RejectedMessage) this.#info(proc, message);
    else if (message instanceof IdleExpired) this.#info(proc, idleMessage);
    else this.other(proc, message);
  }

  /** An envelope that only a subclass knows. */
  protected other(_proc: Proc, _message: Envelope): void {}

  /** What such a callback answered. */
  protected otherResult(_proc: Proc, _result: unknown): void {}

  protected override enter(at: number): void {
    phase = at;
  }

  override fail(proc: Proc, thrown: unknown): void {
    if ((proc.flags & DEAD) !== 0) return;
    try {
      this.failed(proc, phase, thrown);
    } catch (again) {
      // `terminate`, called because of the first failure, failed as well: its reason is the one that counts.
      this.fail(proc, again);
    }
  }

  // ---------------------------------------------------------------- callbacks

  protected start(proc: Proc): void {
    phase = INIT;
    const start = proc.owed as Start;
    const { name } = start;
    if (name === undefined) {
      this.#init(proc);
      return;
    }
    const later = claimNameLater(proc, name);
    if (later === null) this.#named(proc, claimName(proc, name));
    else this.suspend(proc, NAME, later, EMPTY);
  }

  #named(proc: Proc, holder: Pid | undefined): void {
    if (holder === undefined) {
      this.#init(proc);
      return;
    }
    const start = proc.owed as Start;
    proc.owed = null;
    start.starter?.failed('already_started', undefined, holder as ProcessId);
    die(proc, 'normal');
  }

  #init(proc: Proc): void {
    phase = INIT;
    const instance = this.create(proc);
    proc.instance = instance;
    this.result(proc, INIT, instance.init((proc.owed as Start).args));
  }

  #call(proc: Proc, request: Request): void {
    phase = CALL;
    proc.owed = request;
    const { name, args } = request;
    const method = this.#requests.get(name);
    if (method === undefined && this.system(proc, request)) return;
    const instance = proc.instance as Server;
    const result = method !== undefined ? method.apply(instance, args as never[]) : instance.handleCall(name, args, request);
    if (typeof result === 'object' && result !== null) this.result(proc, CALL, result, request);
    else if ((proc.flags & ENDED) === 0) {
      proc.owed = null;
      request.reply(result);
    }
  }

  #cast(proc: Proc, cast: Cast): void {
    phase = CAST;
    const method = this.#requests.get(cast.name);
    const instance = proc.instance as Server;
    const result = method === undefined ? instance.handleCast(cast.name, cast.args) : method.apply(instance, cast.args as never[]);
    if (typeof result === 'object' && result !== null) this.result(proc, CAST, result, cast);
  }

  #info(proc: Proc, message: unknown): void {
    phase = INFO;
    const result = (proc.instance as Server).handleInfo(message);
    if (result !== undefined) this.result(proc, INFO, result, message);
  }

  #continue(proc: Proc, next: Next): void {
    phase = CONTINUE;
    const result = (proc.instance as Server).handleContinue(next.step);
    if (result !== undefined) this.result(proc, CONTINUE, result);
  }

  // ---------------------------------------------------------------- results

  protected override result(proc: Proc, at: number, result: unknown, message: unknown = EMPTY): void {
    if ((proc.flags & DEAD) !== 0) return;
    if (typeof result === 'object' && result !== null) {
      if (result instanceof Outcome) {
        if (result instanceof Stash && message !== EMPTY) this.#stash(proc, message);
        else this.outcome(proc, at, result);
        return;
      }
      if (typeof (result as PromiseLike<unknown>).then === 'function') {
        this.suspend(proc, at, result as PromiseLike<unknown>, message);
        return;
      }
      if (this.#generators && typeof (result as Iterator<unknown>).next === 'function') {
        const extra = proc.more();
        extra.generator = result as Iterator<unknown, unknown, unknown>;
        extra.phase = at;
        extra.resumeWith = undefined;
        this.drive(proc);
        return;
      }
    }
    switch (at) {
      case CALL: {
        const request = proc.owed as Request;
        proc.owed = null;
        request.reply(result);
        break;
      }
      case CAST:
        break;
      case TERMINATE:
        this.#end(proc);
        break;
      case INIT:
        if (result === undefined) this.ready(proc, undefined);
        else this.#badReturn(proc, at, result);
        break;
      case OTHER:
        this.otherResult(proc, result);
        break;
      case NAME:
        this.#named(proc, result as Pid | undefined);
        break;
      default:
        if (result !== undefined) this.#badReturn(proc, at, result);
    }
  }

  protected outcome(proc: Proc, at: number, outcome: Outcome<unknown>): void {
    if (at === TERMINATE) this.#end(proc);
    else if (at === OTHER) this.otherResult(proc, outcome);
    else if (at === INIT) this.#initOutcome(proc, outcome);
    else if (outcome instanceof Stop) this.stop(proc, outcome);
    else if (outcome instanceof Reply && (at === CALL || at === CAST)) {
      if (at === CALL) {
        const request = proc.owed as Request;
        proc.owed = null;
        request.reply(outcome.value);
      }
      if (outcome.next !== undefined) this.next(proc, outcome.next);
    } else if (outcome instanceof NoReply && (at === CALL || at === CAST)) {
      if (at === CALL) this.#defer(proc);
      if (outcome.next !== undefined) this.next(proc, outcome.next);
    } else if (outcome instanceof Next) {
      if (at === CALL) this.#defer(proc);
      this.next(proc, outcome);
    } else this.#badReturn(proc, at, outcome);
  }

  #stash(proc: Proc, message: unknown): void {
    proc.owed = null;
    putAside(proc, 'stashed', message);
  }

  #defer(proc: Proc): void {
    const request = proc.owed as Request;
    proc.owed = null;
    request.defer(proc);
  }

  #initOutcome(proc: Proc, outcome: Outcome<unknown>): void {
    if (outcome instanceof Next) this.ready(proc, outcome);
    else if (outcome instanceof Ignore) {
      const start = proc.owed as Start;
      proc.owed = null;
      freeName(proc, proc.more());
      start.starter?.ignored();
      die(proc, 'normal');
    } else if (outcome instanceof Stop) die(proc, outcome.reason);
    else this.#badReturn(proc, INIT, outcome);
  }

  protected ready(proc: Proc, next: Next | undefined): void {
    const start = proc.owed as Start;
    proc.owed = null;
    if (start.starter !== null) start.starter.started(proc.pid);
    if (next !== undefined) this.next(proc, next);
  }

  protected next(proc: Proc, next: Next): void {
    if (next.hasStep) {
      proc.more().step = next;
      proc.flags |= WAKE;
    } else if (next.timeoutMs !== undefined) armIdleTimer(proc, next.timeoutMs);
  }

  #badReturn(proc: Proc, at: number, value: unknown): void {
    const reason = { bad_return_value: value };
    if (at === INIT) die(proc, reason);
    else this.stop(proc, new Stop(reason, false, undefined));
  }

  protected override failed(proc: Proc, at: number, thrown: unknown): void {
    const reason = thrownReason(thrown);
    if (reason === undefined) {
      // As in OTP a thrown value is taken for the callback's return value; only an outcome can be a valid one.
      if (at === TERMINATE) this.#end(proc);
      else if (thrown instanceof Outcome) {
        if (proc.extra !== null) proc.extra.failedOn = EMPTY;
        this.outcome(proc, at, thrown);
      } else this.#badReturn(proc, at, thrown);
    } else if (at === INIT || at === NAME) {
      this.#report(proc, reason);
      die(proc, reason);
    } else if (at === TERMINATE) {
      const ending = proc.more().ending as Stop<unknown>;
      proc.more().ending = new Stop(reason, ending.hasReply, ending.value);
      this.#end(proc);
    } else this.stop(proc, new Stop(reason, false, undefined));
  }

  // ---------------------------------------------------------------- the end

  protected override stop(proc: Proc, stop: Stop<unknown>): void {
    proc.more().ending = stop;
    if (!this.#terminates) {
      this.#end(proc);
      return;
    }
    phase = TERMINATE;
    proc.flags |= TERMINATING;
    this.result(proc, TERMINATE, (proc.instance as Server).terminate(stop.reason));
  }

  #end(proc: Proc): void {
    const stop = proc.more().ending as Stop<unknown>;
    const request = proc.owed;
    if (stop.hasReply && request !== null) {
      proc.owed = null;
      (request as Request).reply(stop.value);
    }
    this.#report(proc, stop.reason);
    die(proc, stop.reason);
  }

  #report(proc: Proc, reason: ExitReason): void {
    if (!isOrderly(reason)) crashed(proc, reason, () => (proc.instance === null ? undefined : this.stateOf(proc)));
  }
}

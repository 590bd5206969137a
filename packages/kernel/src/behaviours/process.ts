import { callByPid, never, rejectCall } from '../calls/call.js';
import { castTo } from '../calls/cast.js';
import type { Request } from '../calls/request.js';
import { ExitThrow, MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import { describeTarget, Handle } from '../identity/handle.js';
import type { Name } from '../identity/name.js';
import type { Pid } from '../identity/pid.js';
import type { MonitorRef, SystemMessage } from '../messages.js';
import { type From, Next, Stash } from '../outcome.js';
import { Alias, type AliasMode } from '../process/alias.js';
import { current } from '../process/current.js';
import { DEAD } from '../process/flags.js';
import { putBack } from '../process/mailbox.js';
import type { Monitor } from '../process/monitors.js';
import type { Proc } from '../process/proc.js';
import * as verbs from '../process/verbs.js';
import { reportUnknownMessage } from '../reports.js';
import { kernel } from '../runtime.js';
import { cancelSendTimer, type SendTimer, startSendTimer } from '../timers/send-after.js';
import type { Behaviour } from './behaviour.js';
import { assignFields, fieldsOf } from './fields.js';
import { PROC, takeStarting } from './instance.js';
import { makeBehaviour, startProcess } from './launch.js';
import { BASE } from './request-table.js';
import { type Body, type SpawnOptions, spawnPlain } from './spawn.js';
import { stopServer } from './stop.js';
import type {
  AnyProcess,
  Api,
  Args,
  Info,
  InitArg,
  Later,
  Ref,
  ReplyOf,
  StartArgs,
  Started,
  StartOptions,
  Step,
  Types,
  types,
} from './types.js';

/** A timer that `sendAfter` or `sendInterval` started. */
export interface TimerRef {
  readonly pending: boolean;
}

type Target = Pid | Name;

/**
 * What all process classes have in common. An instance is one process's life: its fields are the state, a restart is a new
 * instance. The protected methods act for this process and have no effect once it has ended, wherever its code still runs.
 */
export abstract class Process<T extends Types = {}> {
  static readonly [BASE] = true;
  declare readonly [types]: T;
  /** @internal */
  readonly [PROC]: Proc;

  constructor() {
    this[PROC] = takeStarting();
  }

  /** @internal */
  static [makeBehaviour](this: unknown): Behaviour {
    throw new MisuseError(
      'bad_child_spec',
      `${(this as { name: string }).name} extends Process itself: extend GenServer, GenStateMachine or Supervisor`,
    );
  }

  // ---------------------------------------------------------------- callbacks

  init(_args: never): unknown {
    return;
  }
  /** Requests for which the class has no method. The default ends the process, as a missing clause does in OTP. */
  handleCall(name: string, _args: readonly unknown[], _from: From<unknown>): unknown {
    throw new ExitThrow({ bad_call: name });
  }
  /** Casts for which the class has no method. The default ends the process. */
  handleCast(name: string, _args: readonly unknown[]): Later<unknown> {
    throw new ExitThrow({ bad_cast: name });
  }
  /** Plain messages, `Down`, `Exit` and the receive timeout. The default reports the message and goes on. */
  handleInfo(message: Info<T> | SystemMessage): Later<unknown> {
    const { pid, behaviour, extra } = this[PROC];
    reportUnknownMessage({ pid, behaviour: behaviour.name, name: extra?.name ?? undefined, message });
    return;
  }
  /** Runs at once after a handler that returned `this.continue(step)`, before any queued message. */
  handleContinue(step: Step<T>): Later<unknown> {
    throw new ExitThrow({ bad_continue: step });
  }
  /** Runs when the process stops, its handler failed, or (when it traps exits) its parent told it to end. Not after `kill`. */
  terminate(_reason: ExitReason): Later<void> {}

  /**
   * What `sys.getState` answers. The default: the fields, without `#private` ones. OTP: `system_get_state/1`, and what
   * `format_status` leaves of it.
   */
  systemGetState(): unknown {
    return fieldsOf(this);
  }
  /** `sys.replaceState`: the default overwrites fields of those names. OTP: `system_replace_state/2`. */
  systemReplaceState(state: unknown): void {
    assignFields(this, state);
  }

  // ---------------------------------------------------------------- about itself

  /** This process. OTP: `self/0`. */
  protected get self(): Ref<this> & Pid<Info<T>> {
    return this[PROC].pid as unknown as Ref<this> & Pid<Info<T>>;
  }

  /** Aborted when the process ends: give it to `fetch` and friends. */
  protected get signal(): AbortSignal {
    const proc = this[PROC];
    if ((proc.flags & DEAD) !== 0) return AbortSignal.abort();
    const extra = proc.more();
    extra.abort ??= new AbortController();
    return extra.abort.signal;
  }

  /** The caller of the request being handled, for a later reply: return `noreply(from)`. */
  protected from<V>(): From<V> {
    const { owed } = this[PROC];
    if (owed === null || !('reply' in owed)) throw new MisuseError('badarg', 'from(): no call is being handled here');
    return owed as Request as From<V>;
  }

  /** Return it (or `reply(value, this.continue(step))`) to run `handleContinue(step)` next. OTP: `{continue, Step}`. */
  protected continue(step: Step<T>): Next {
    return new Next(true, step, undefined);
  }

  /** Return it to get `{ type: 'timeout' }` unless a message comes within that time. */
  protected timeout(timeoutMs: number): Next {
    return new Next(false, undefined, timeoutMs);
  }

  /** Return it when the process will be idle for long: what its mailbox keeps for bursts is given back. OTP: `hibernate`. */
  protected hibernate(): Next {
    const { rest } = this[PROC];
    if (rest !== null && rest.size === 0) this[PROC].rest = null;
    return new Next(false, undefined, undefined);
  }

  /**
   * Return it to put the message being handled aside until `unstashAll`; the call, if it is one, is not answered yet. Messages
   * put aside stay in order and are no part of the mailbox: a bound does not count them. When the process ends their callers
   * fail. `gen_server` has nothing like it; `gen_statem` postpones.
   */
  protected stash(): Stash {
    return new Stash();
  }

  /** Puts the messages put aside in front of the mailbox, in their order. */
  protected unstashAll(): void {
    putBack(this[PROC], 'stashed');
  }

  /** OTP: `process_flag(trap_exit, _)`. Returns the old value. */
  protected trapExit(on: boolean): boolean {
    return verbs.trapExit(this[PROC], on);
  }

  // ---------------------------------------------------------------- messages

  /** OTP: `!`. A name that nobody has throws `badarg`; a process that has ended is no error. */
  protected send<M>(to: Pid<M> | Name, message: NoInfer<M>): void {
    const proc = this[PROC];
    if (proc.alive) verbs.sendTo(proc.kernel, to, message);
  }

  protected sendSelf(message: Info<T>): void {
    this[PROC].pid.send(message);
  }

  /** Sends to this process, or to another, after that time. The timer ends with the receiver. OTP: `erlang:send_after/3`. */
  protected sendAfter(delayMs: number, message: Info<T>): TimerRef;
  protected sendAfter<M>(delayMs: number, message: NoInfer<M>, to: Pid<M> | Name): TimerRef;
  protected sendAfter(delayMs: number, message: unknown, to?: Target): TimerRef {
    return this.#timer(delayMs, message, to, null);
  }

  /** As `sendAfter`, again and again. OTP: `timer:send_interval/2`. */
  protected sendInterval(everyMs: number, message: Info<T>): TimerRef;
  protected sendInterval<M>(everyMs: number, message: NoInfer<M>, to: Pid<M> | Name): TimerRef;
  protected sendInterval(everyMs: number, message: unknown, to?: Target): TimerRef {
    return this.#timer(everyMs, message, to, everyMs);
  }

  /** Milliseconds that were left; undefined when it had fired or was cancelled. OTP: `erlang:cancel_timer/1`. */
  protected cancelTimer(timer: TimerRef): number | undefined {
    return cancelSendTimer(timer as SendTimer);
  }

  #timer(delayMs: number, message: unknown, to: Target | undefined, everyMs: number | null): TimerRef {
    const proc = this[PROC];
    if (!proc.alive) return { pending: false };
    const pid = to === undefined ? proc.pid : verbs.resolve(proc.kernel, to);
    return pid === undefined ? { pending: false } : startSendTimer(proc.kernel, pid, message, delayMs, everyMs);
  }

  /** `ref.call(...)` by this process, exact also after an `await`: never settles once it has ended. */
  protected call<S, K extends keyof Api<S>>(to: Ref<S>, name: K, ...args: Args<Api<S>[K]>): Promise<ReplyOf<Api<S>[K]>> {
    const proc = this[PROC];
    if (!proc.alive) return never();
    const pid = verbs.resolve(proc.kernel, to);
    const timeoutMs = to instanceof Handle ? to.timeoutMs : undefined;
    const reply =
      pid === undefined
        ? rejectCall(proc.kernel, proc, 'noproc', String(name), describeTarget(to))
        : callByPid(proc, pid, String(name), args, timeoutMs);
    return reply as Promise<ReplyOf<Api<S>[K]>>;
  }

  protected cast<S, K extends keyof Api<S>>(to: Ref<S>, name: K, ...args: Args<Api<S>[K]>): void {
    const proc = this[PROC];
    if (!proc.alive) return;
    const pid = verbs.resolve(proc.kernel, to);
    if (pid !== undefined) castTo(pid, String(name), args);
  }

  // ---------------------------------------------------------------- other processes

  /** Starts and links a process; resolves when its `init` is done. OTP: `start_link`. */
  protected startLink<S extends AnyProcess>(Class: new () => S, ...args: StartArgs<S>): Promise<Started<S>> {
    return this.#start(Class, true, args);
  }

  protected start<S extends AnyProcess>(Class: new () => S, ...args: StartArgs<S>): Promise<Started<S>> {
    return this.#start(Class, false, args);
  }

  #start<S extends AnyProcess>(
    Class: new () => S,
    linked: boolean,
    [args, options]: [args?: InitArg<S>, options?: StartOptions],
  ): Promise<Started<S>> {
    const proc = this[PROC];
    if (!proc.alive) return never();
    return startProcess(proc.kernel, proc, linked, Class as never, args, options) as unknown as Promise<Started<S>>;
  }

  protected spawn<M>(body: Body<M>, options: SpawnOptions = {}): Pid<M> {
    return spawnPlain(this[PROC].kernel, this[PROC], body, options).pid;
  }

  protected spawnLink<M>(body: Body<M>, options: SpawnOptions = {}): Pid<M> {
    return spawnPlain(this[PROC].kernel, this[PROC], body, { ...options, link: true }).pid;
  }

  protected spawnMonitor<M>(body: Body<M>, options: SpawnOptions = {}): { pid: Pid<M>; ref: MonitorRef } {
    const { pid, ref } = spawnPlain(this[PROC].kernel, this[PROC], body, { ...options, monitor: true });
    return { pid, ref: ref ?? { id: 0 } };
  }

  protected monitor(target: Target, options?: verbs.MonitorSettings): MonitorRef {
    const proc = this[PROC];
    return proc.alive ? verbs.setMonitor(proc, target, options) : { id: 0 };
  }

  /** OTP: `demonitor/2`: whether it was still there; `flush` also removes a `Down` that waits. */
  protected demonitor(ref: MonitorRef, options: { flush?: boolean } = {}): boolean {
    const proc = this[PROC];
    return proc.alive && verbs.demonitor(proc, ref as Monitor, options.flush ?? false);
  }

  protected alias(mode: Extract<AliasMode, 'explicitUnalias' | 'reply'> = 'explicitUnalias'): Alias {
    return new Alias(this[PROC], mode, null);
  }

  protected link(target: Pid): void {
    if (this[PROC].alive) verbs.link(this[PROC], target);
  }

  protected unlink(target: Pid): void {
    if (this[PROC].alive) verbs.unlink(this[PROC], target);
  }

  /** Sends an exit signal; to itself it does not return unless trapped. OTP: `exit/2`. */
  protected exit(target: Pid, reason: ExitReason): void {
    if (this[PROC].alive) verbs.exit(this[PROC], target, reason);
  }

  // ---------------------------------------------------------------- static

  /** Starts and links a process to the running one; outside of every process use `start`. OTP: `start_link`. */
  static startLink<S extends AnyProcess>(this: new () => S, ...args: StartArgs<S>): Promise<Started<S>> {
    if (current === null) {
      throw new MisuseError(
        'no_process',
        `${this.name}.startLink() was called where no process is known to be running, so there is nobody to link to: inside a handler write this.startLink(${this.name}, ...), elsewhere ${this.name}.start(...)`,
      );
    }
    const [init, options] = args;
    return startProcess(kernel(), current, true, this as never, init, options) as unknown as Promise<Started<S>>;
  }

  /** Starts a process that nobody is linked to. OTP: `start`. */
  static start<S extends AnyProcess>(this: new () => S, ...args: StartArgs<S>): Promise<Started<S>> {
    const [init, options] = args;
    return startProcess(kernel(), current, false, this as never, init, options) as unknown as Promise<Started<S>>;
  }

  /**
   * Tells a process to end with `reason` when its turn comes, and waits until it has. Rejects with a `CallError` if it is
   * not there, ends for another reason, or not within `timeoutMs` (default: no limit). OTP: `gen_server:stop/3`.
   */
  static stop(target: Target, reason: ExitReason = 'normal', timeoutMs: number = Number.POSITIVE_INFINITY): Promise<void> {
    return stopServer(target, reason, timeoutMs);
  }

  /** A reference by name: looked up at each use. */
  static at<S extends AnyProcess>(this: new () => S, name: Name): Ref<S> {
    return new Handle(kernel(), name, undefined) as unknown as Ref<S>;
  }

  /** Who has that name now. */
  static whereis<S extends AnyProcess>(this: new () => S, name: Name): Ref<S> | undefined {
    return kernel().whereis(name) as unknown as Ref<S> | undefined;
  }
}

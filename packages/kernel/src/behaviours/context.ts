import { callByPid, never, rejectCall } from '../calls/call.js';
import { castTo } from '../calls/cast.js';
import type { ExitReason } from '../exit-reason.js';
import { describeTarget, Handle } from '../identity/handle.js';
import type { Name } from '../identity/name.js';
import type { Pid } from '../identity/pid.js';
import type { MonitorRef } from '../messages.js';
import { Alias, type AliasMode } from '../process/alias.js';
import { DEAD } from '../process/flags.js';
import { keep } from '../process/kept.js';
import type { Proc } from '../process/proc.js';
import { GONE } from '../process/proc.js';
import * as verbs from '../process/verbs.js';
import { cancelSendTimer, type SendTimer, startSendTimer } from '../timers/send-after.js';
import { startProcess } from './launch.js';
import type { TimerRef } from './process.js';
import { FOREVER, type Match, type Receive, Receiver } from './receiver.js';
import { type Body, type SpawnOptions, spawnPlain } from './spawn.js';
import type { AnyProcess, Api, Args, Ref, ReplyOf, StartArgs, Started } from './types.js';

/** A message without the `undefined` that stands for a timeout. */
type Sent<M> = Exclude<M, undefined>;
type Tag<M> = M extends { type: infer K extends string } ? K : never;
type Target = Pid | Name;

/** The ways to receive: any message, by tag, by predicate, or the `Down` of one monitor. */
export interface ReceiveFn<M> {
  /** The next message. */
  (): Receive<M>;
  <X extends Sent<M>>(match: (message: Sent<M>) => message is X): Receive<X | Extract<M, undefined>>;
  (match: (message: Sent<M>) => boolean): Receive<M>;
  /** Selective: the first message with one of these tags; the others stay, in order. */
  <K extends Tag<M>>(...tags: K[]): Receive<Extract<M, { type: K } | undefined>>;
}

/** What a plain process can do: the argument of its body. Without effect once the process has ended. */
export class Context<M> {
  readonly #proc: Proc;

  constructor(proc: Proc) {
    this.#proc = proc;
  }

  get self(): Pid<M> {
    return this.#proc.pid;
  }

  /** Aborted when the process ends. */
  get signal(): AbortSignal {
    const proc = this.#proc;
    if ((proc.flags & DEAD) !== 0) return AbortSignal.abort();
    const extra = proc.more();
    extra.abort ??= new AbortController();
    return extra.abort.signal;
  }

  /** Waits for a message: `await` it in an async process, `yield*` it in a generator process. OTP: `receive`. */
  get receive(): ReceiveFn<M> {
    return receiveFn(this.#proc, FOREVER);
  }

  /** The same context, except that its `receive` ends with `undefined` after that time. OTP: `receive ... after`. */
  after(timeoutMs: number): Context<M | undefined> {
    return new TimedContext<M | undefined>(this.#proc, timeoutMs);
  }

  send<X>(to: Pid<X> | Name, message: NoInfer<X>): void {
    if (this.#proc.alive) verbs.sendTo(this.#proc.kernel, to, message);
  }

  /** Sends to this process after that time. OTP: `erlang:send_after/3`. */
  sendAfter(delayMs: number, message: M): TimerRef;
  sendAfter<X>(delayMs: number, message: NoInfer<X>, to: Pid<X> | Name): TimerRef;
  sendAfter(delayMs: number, message: unknown, to?: Target): TimerRef {
    const proc = this.#proc;
    const pid = to === undefined ? proc.pid : verbs.resolve(proc.kernel, to);
    if (!proc.alive || pid === undefined) return { pending: false };
    return startSendTimer(proc.kernel, pid, message, delayMs, null);
  }

  cancelTimer(timer: TimerRef): number | undefined {
    return cancelSendTimer(timer as SendTimer);
  }

  call<S, K extends keyof Api<S>>(to: Ref<S>, name: K, ...args: Args<Api<S>[K]>): Promise<ReplyOf<Api<S>[K]>> {
    const proc = this.#proc;
    if (!proc.alive) return never();
    const pid = verbs.resolve(proc.kernel, to);
    const timeoutMs = to instanceof Handle ? to.timeoutMs : undefined;
    const reply =
      pid === undefined
        ? rejectCall(proc.kernel, proc, 'noproc', String(name), describeTarget(to))
        : callByPid(proc, pid, String(name), args, timeoutMs);
    return reply as Promise<ReplyOf<Api<S>[K]>>;
  }

  cast<S, K extends keyof Api<S>>(to: Ref<S>, name: K, ...args: Args<Api<S>[K]>): void {
    const proc = this.#proc;
    const pid = proc.alive ? verbs.resolve(proc.kernel, to) : undefined;
    if (pid !== undefined) castTo(pid, String(name), args);
  }

  startLink<S extends AnyProcess>(Class: new () => S, ...[args, options]: StartArgs<S>): Promise<Started<S>> {
    return startProcess(this.#proc.kernel, this.#proc, true, Class as never, args, options) as unknown as Promise<Started<S>>;
  }

  start<S extends AnyProcess>(Class: new () => S, ...[args, options]: StartArgs<S>): Promise<Started<S>> {
    return startProcess(this.#proc.kernel, this.#proc, false, Class as never, args, options) as unknown as Promise<Started<S>>;
  }

  spawn<X>(body: Body<X>, options: SpawnOptions = {}): Pid<X> {
    return spawnPlain(this.#proc.kernel, this.#proc, body, options).pid;
  }

  spawnLink<X>(body: Body<X>, options: SpawnOptions = {}): Pid<X> {
    return spawnPlain(this.#proc.kernel, this.#proc, body, { ...options, link: true }).pid;
  }

  spawnMonitor<X>(body: Body<X>, options: SpawnOptions = {}): { pid: Pid<X>; ref: MonitorRef } {
    const { pid, ref } = spawnPlain(this.#proc.kernel, this.#proc, body, { ...options, monitor: true });
    return { pid, ref: ref ?? { id: 0 } };
  }

  monitor(target: Target, settings?: verbs.MonitorSettings): MonitorRef {
    return this.#proc.alive ? verbs.setMonitor(this.#proc, target, settings) : { id: 0 };
  }

  demonitor(ref: MonitorRef, options: { flush?: boolean } = {}): boolean {
    return this.#proc.alive && verbs.demonitor(this.#proc, ref, options.flush ?? false);
  }

  alias(mode: Extract<AliasMode, 'explicitUnalias' | 'reply'> = 'explicitUnalias'): Alias {
    return new Alias(this.#proc, mode, null);
  }

  link(target: Pid): void {
    if (this.#proc.alive) verbs.link(this.#proc, target);
  }

  unlink(target: Pid): void {
    if (this.#proc.alive) verbs.unlink(this.#proc, target);
  }

  exit(target: Pid, reason: ExitReason): void {
    if (this.#proc.alive) verbs.exit(this.#proc, target, reason);
  }

  trapExit(on: boolean): boolean {
    return verbs.trapExit(this.#proc, on);
  }
}

class TimedContext<M> extends Context<M> {
  readonly #receive: ReceiveFn<M>;

  constructor(proc: Proc, timeoutMs: number) {
    super(proc);
    this.#receive = receiveFn(proc, timeoutMs === Number.POSITIVE_INFINITY ? FOREVER : timeoutMs);
  }

  override get receive(): ReceiveFn<M> {
    return this.#receive;
  }
}

/** Bound to its process, so that it may be taken out of the context: `async ({ receive }) => ...`. */
function receiveFn<M>(proc: Proc, timeoutMs: number): ReceiveFn<M> {
  const receive = (...what: (string | Match)[]): Receiver => {
    const receiver = Receiver.of(proc);
    const [first] = what;
    if (first === undefined) return receiver.expect(null, true, timeoutMs);
    return typeof first === 'function' ? receiver.expect(first, false, timeoutMs) : receiver.expect(tagMatch(what), true, timeoutMs);
  };
  return receive as unknown as ReceiveFn<M>;
}

const matches = new Map<string, Match>();
const MAX_MATCHES = 1000;

/** One function per tag, so that a receiver knows it again. */
function tagMatch(tags: readonly unknown[]): Match {
  const [first] = tags;
  if (tags.length > 1) return (message) => tags.includes(typeOf(message));
  let match = matches.get(first as string);
  if (match === undefined) {
    match = (message) => typeOf(message) === first;
    if (matches.size < MAX_MATCHES) matches.set(first as string, match);
  }
  return match;
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null ? (message as { type?: unknown }).type : undefined;
}

keep(new Context(GONE));

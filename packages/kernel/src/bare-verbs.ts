import type { TimerRef } from './behaviours/process.js';
import { type Body, type SpawnOptions, spawnPlain } from './behaviours/spawn.js';
import { ExitThrow, MisuseError } from './errors.js';
import type { ExitReason } from './exit-reason.js';
import type { Name } from './identity/name.js';
import { type Pid, ProcessId } from './identity/pid.js';
import type { MonitorRef } from './messages.js';
import { callersOf } from './process/callers.js';
import { current } from './process/current.js';
import { ELSEWHERE } from './process/flags.js';
import { infoOf, type ProcessInfo } from './process/info.js';
import type { Proc } from './process/proc.js';
import { exitSignal } from './process/signals.js';
import * as verbs from './process/verbs.js';
import { sendExit } from './remote/outbound.js';
import { kernel } from './runtime.js';
import { sleepFor } from './sleep.js';
import { cancelSendTimer, type SendTimer, startSendTimer } from './timers/send-after.js';

// The verbs as functions: they act for the process that is known to be running, and those that need none work without.

type Target = Pid | Name;

function running(verb: string): Proc {
  if (current === null) {
    throw new MisuseError(
      'no_process',
      `${verb}() was called where no process is known to be running: inside a handler write this.${verb}(...), in a plain process context.${verb}(...)`,
    );
  }
  return current;
}

/** The running process has ended and its code went on, by catching what should have unwound it: no more effects. */
function hasEnded(): boolean {
  return current !== null && !current.alive;
}

/** The running process. OTP: `self/0`. */
export function self(): Pid {
  return running('self').pid;
}

/**
 * For whom the running process works: in a task who started it, and for whom that one works in turn; else nobody. So that what a
 * task does can be put down to whoever it does it for, in logs and in tests. Elixir: `Process.get(:"$callers")`.
 */
export function callers(): readonly Pid[] {
  return callersOf(running('callers'));
}

/** Starts a plain process; it runs soon, this call does not wait for it. OTP: `spawn/1`. */
export function spawn<M = unknown>(body: Body<M>, options: SpawnOptions = {}): Pid<M> {
  return spawnPlain(kernel(), current, body, options).pid;
}

/** OTP: `spawn_link/1`. */
export function spawnLink<M = unknown>(body: Body<M>, options: SpawnOptions = {}): Pid<M> {
  return spawnPlain(kernel(), running('spawnLink'), body, { ...options, link: true }).pid;
}

/** OTP: `spawn_monitor/1`. */
export function spawnMonitor<M = unknown>(body: Body<M>, options: SpawnOptions = {}): { pid: Pid<M>; ref: MonitorRef } {
  const { pid, ref } = spawnPlain(kernel(), running('spawnMonitor'), body, { ...options, monitor: true });
  return { pid, ref: ref ?? { id: 0 } };
}

/** OTP: `!`. A name that nobody has throws `badarg`. */
export function send<M>(to: Pid<M> | Name, message: NoInfer<M>): void {
  verbs.sendTo(kernel(), to, message);
}

/** OTP: `erlang:send_after/3`. */
export function sendAfter<M>(delayMs: number, to: Pid<M> | Name, message: NoInfer<M>): TimerRef {
  if (hasEnded()) return { pending: false };
  const here = kernel();
  const pid = verbs.resolve(here, to);
  return pid === undefined ? { pending: false } : startSendTimer(here, pid, message, delayMs, null);
}

/** As `sendAfter`, again and again until it is cancelled or the receiver ends. OTP: `timer:send_interval/3`. */
export function sendInterval<M>(everyMs: number, to: Pid<M> | Name, message: NoInfer<M>): TimerRef {
  if (hasEnded()) return { pending: false };
  const here = kernel();
  const pid = verbs.resolve(here, to);
  return pid === undefined ? { pending: false } : startSendTimer(here, pid, message, everyMs, everyMs);
}

/** Milliseconds that were left; undefined when it had fired or was cancelled. OTP: `erlang:cancel_timer/1`. */
export function cancelTimer(timer: TimerRef): number | undefined {
  return cancelSendTimer(timer as SendTimer);
}

/** Resolves after that time on the kernel's clock. Elixir: `Process.sleep/1`, except that the process stays responsive to signals. */
export function sleep(delayMs: number): Promise<void> {
  return sleepFor(kernel(), current, delayMs);
}

/**
 * With one argument ends the running process with that reason (OTP: `exit/1`); with two sends an exit signal (OTP:
 * `exit/2`), which works without a running process too.
 */
export function exit(reason: ExitReason): never;
export function exit(target: Pid, reason: ExitReason): void;
export function exit(...args: [ExitReason] | [Pid, ExitReason]): void {
  if (args.length === 1) throw new ExitThrow(args[0]);
  const [target, reason] = args;
  if (current !== null) {
    if (current.alive) verbs.exit(current, target, reason);
    return;
  }
  if (!(target instanceof ProcessId)) throw new MisuseError('badarg', 'expected a pid');
  if ((target.proc.flags & ELSEWHERE) !== 0) sendExit(target.at.kernel.nobody, target, reason);
  else exitSignal(target.proc, target.at.kernel.nobody, reason);
}

/** Links the running process with that one: each gets an exit signal when the other ends. OTP: `link/1`. */
export function link(target: Pid): void {
  const proc = running('link');
  if (proc.alive) verbs.link(proc, target);
}

/** Ends a link of the running process. OTP: `unlink/1`. */
export function unlink(target: Pid): void {
  const proc = running('unlink');
  if (proc.alive) verbs.unlink(proc, target);
}

/** The running process is sent a `Down` when that one ends, or at once if there is none. OTP: `monitor/2`. */
export function monitor(target: Target, settings?: verbs.MonitorSettings): MonitorRef {
  const proc = running('monitor');
  return proc.alive ? verbs.setMonitor(proc, target, settings) : { id: 0 };
}

/** Ends a monitor of the running process; with `flush` its DOWN is taken out of the mailbox, too. OTP: `demonitor/2`. */
export function demonitor(ref: MonitorRef, options: { flush?: boolean } = {}): boolean {
  const proc = running('demonitor');
  return proc.alive && verbs.demonitor(proc, ref, options.flush ?? false);
}

/** Exit signals of linked processes come as messages `Exit` from now on; answers how it was. OTP: `process_flag(trap_exit, ...)`. */
export function trapExit(on: boolean): boolean {
  return verbs.trapExit(running('trapExit'), on);
}

/** Whether a process of this thread lives. OTP: `is_process_alive/1`. */
export function isAlive(target: Pid): boolean {
  return verbs.isAlive(target);
}

/**
 * What there is to know of a process of this thread; undefined when it has ended. For those of other threads and nodes
 * `badarg`: `sys.getStatus` asks them. OTP: `process_info/1`.
 */
export function processInfo(target: Pid): ProcessInfo | undefined {
  const pid = verbs.expectPid(target);
  if ((pid.proc.flags & ELSEWHERE) !== 0) throw new MisuseError('badarg', `${pid} runs elsewhere: ask it with sys.getStatus`);
  return pid.proc.alive ? infoOf(pid.proc, current) : undefined;
}

/**
 * Sets a flag of the running process and answers its old value: `trapExit`, as `trapExit(on)`, or `label`, a text that
 * `processInfo` shows. OTP: `process_flag/2`, `proc_lib:set_label/1`.
 */
export function processFlag(flag: 'trapExit', on: boolean): boolean;
export function processFlag(flag: 'label', label: string | undefined): string | undefined;
export function processFlag(flag: 'trapExit' | 'label', value: boolean | string | undefined): boolean | string | undefined {
  const proc = running('processFlag');
  if (flag === 'trapExit') return verbs.trapExit(proc, value === true);
  if (flag !== 'label') throw new MisuseError('badarg', `expected the flag 'trapExit' or 'label', got '${String(flag)}'`);
  const extra = proc.more();
  const before = extra.label ?? undefined;
  extra.label = typeof value === 'string' ? value : null;
  return before;
}

/** OTP: `whereis/1`. */
export function whereis(name: Name): Pid | undefined {
  return kernel().whereis(name);
}

/** The other nodes that can be reached. OTP: `nodes/0`. */
export function nodes(): string[] {
  return kernel().nodes.list();
}

/**
 * From now on the process (default: the running one) is sent `NodeUp` and `NodeDown`, once each, however often it is asked for;
 * `false` ends that. OTP: `net_kernel:monitor_nodes/1`.
 */
export function monitorNodes(pid: Pid = running('monitorNodes').pid, on = true): void {
  if (!(pid instanceof ProcessId) || !pid.isLocal) throw new MisuseError('badarg', `${String(pid)} is not a process of this thread`);
  const { nodes } = pid.at.kernel;
  if (!on) nodes.unwatch(pid.proc);
  else if (pid.proc.alive) nodes.watch(pid.proc);
}

/** OTP: `register/2`. */
export function registerName(name: string, target: Pid): void {
  verbs.registerName(kernel(), name, target);
}

/** OTP: `unregister/1`. */
export function unregisterName(name: string): void {
  verbs.unregisterName(kernel(), name);
}

/** The processes of this thread. OTP: `processes/0`. */
export function processes(): Pid[] {
  return Array.from(kernel().processes(), (proc) => proc.pid);
}

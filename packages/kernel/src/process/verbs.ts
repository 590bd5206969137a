import { ExitThrow, MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import { describeName, Handle } from '../identity/handle.js';
import { checkName, type Name } from '../identity/name.js';
import { type Pid, ProcessId } from '../identity/pid.js';
import type { RemoteName } from '../identity/remote-name.js';
import type { Kernel } from '../kernel.js';
import { ExitMessage, type MonitorRef } from '../messages.js';
import { sendExit, sendLink, sendUnlink } from '../remote/outbound.js';
import { Alias, type AliasMode } from './alias.js';
import { current } from './current.js';
import { die } from './death.js';
import { deliver } from './deliver.js';
import { DEAD, ELSEWHERE, TRAP } from './flags.js';
import { addLink, removeLink } from './links.js';
import { flushDown, Monitor, monitor } from './monitors.js';
import type { Proc } from './proc.js';
import { exitSelf, exitSignal } from './signals.js';

// What one process does to another. Each takes the acting process, which is alive unless stated otherwise.

/** A process, or how to find one. */
export type Target = Pid | Name;

/** Whom a target means now. */
export function resolve(kernel: Kernel, target: Target): ProcessId | RemoteName | undefined {
  if (target instanceof ProcessId) return target;
  if (target instanceof Handle) return target.resolve();
  if (typeof target === 'string' || (typeof target === 'object' && target !== null && ('via' in target || 'name' in target))) {
    return kernel.resolve(target as Name);
  }
  throw new MisuseError(
    'badarg',
    `expected a pid, a reference or a name, got ${typeof target === 'object' ? JSON.stringify(target) : typeof target}`,
  );
}

export function expectPid(target: Target): ProcessId {
  if (target instanceof ProcessId) return target;
  if (target instanceof Handle && target.target instanceof ProcessId) return target.target;
  throw new MisuseError('badarg', `expected a pid, got ${typeof target === 'string' ? `'${target}'` : typeof target}`);
}

/** OTP: `!`. A name that nobody has is a mistake (`badarg`); a process that has ended is not. */
export function sendTo(kernel: Kernel, target: Target, message: unknown): void {
  const pid = resolve(kernel, target);
  if (pid !== undefined) pid.send(message);
  else if (!(target instanceof Handle)) {
    throw new MisuseError('badarg', `no process is registered as '${describeName(target as Name)}'`);
  }
}

/** OTP: `link/1`. A process that links to one that is gone gets the exit signal `noproc`: unless it traps, it ends here. */
export function link(proc: Proc, target: Target): void {
  const to = expectPid(target);
  const other = to.proc;
  if (other === proc) return;
  if ((other.flags & ELSEWHERE) !== 0) {
    if (sendLink(proc, to)) return;
    linkFailed(proc, to, 'noconnection');
  } else if ((other.flags & DEAD) !== 0) linkFailed(proc, to, 'noproc');
  else {
    addLink(proc, to);
    addLink(other, proc.pid);
  }
}

function linkFailed(proc: Proc, to: ProcessId, reason: ExitReason): void {
  if ((proc.flags & TRAP) !== 0) {
    deliver(proc, new ExitMessage(to, reason));
    return;
  }
  die(proc, reason);
  if (proc === current) throw new ExitThrow(reason);
}

/** OTP: `unlink/1`. An `EXIT` message that already waits in the mailbox stays there. */
export function unlink(proc: Proc, target: Target): void {
  const to = expectPid(target);
  const other = to.proc;
  if ((other.flags & ELSEWHERE) !== 0) sendUnlink(proc, to);
  else {
    // Also if the other has ended in this very stretch: its signal waits, and must find no link any more.
    removeLink(proc, to);
    if ((other.flags & DEAD) === 0) removeLink(other, proc.pid);
  }
}

/** OTP: `exit/2`. */
export function exit(proc: Proc, target: Target, reason: ExitReason): void {
  const to = expectPid(target);
  const other = to.proc;
  if (other === proc) exitSelf(proc, reason);
  else if ((other.flags & ELSEWHERE) !== 0) sendExit(proc.pid, to, reason);
  else exitSignal(other, proc.pid, reason);
}

export interface MonitorSettings {
  readonly tag?: string | undefined;
  readonly alias?: Exclude<AliasMode, 'reply'> | undefined;
}

/** OTP: `monitor/3`. */
export function setMonitor(proc: Proc, target: Target, settings: MonitorSettings = {}): Monitor {
  const to = resolve(proc.kernel, target);
  const named = target instanceof ProcessId ? null : target instanceof Handle ? target : new Handle(proc.kernel, target as Name, undefined);
  const set = monitor(proc, to, settings.tag ?? 'DOWN', named);
  if (settings.alias !== undefined) {
    const alias = new Alias(proc, settings.alias, set);
    set.alias = alias;
    if (to === proc.pid) alias.unalias();
    else if (!set.active) alias.monitorEnded();
  }
  return set;
}

/** OTP: `demonitor/2`: whether the monitor was still there; with `flush` a DOWN that waits is removed. */
export function demonitor(proc: Proc, ref: MonitorRef, flush: boolean): boolean {
  if (!(ref instanceof Monitor)) throw new MisuseError('badarg', 'expected a reference that `monitor` returned');
  const was = ref.cancel();
  if (flush && !was) flushDown(proc, ref);
  return was;
}

/** OTP: `process_flag(trap_exit, _)`: the old value. */
export function trapExit(proc: Proc, on: boolean): boolean {
  const was = (proc.flags & TRAP) !== 0;
  proc.flags = on ? proc.flags | TRAP : proc.flags & ~TRAP;
  return was;
}

/** OTP: `is_process_alive/1`, for processes of this thread; like OTP for those of other nodes, `badarg` for all others. */
export function isAlive(target: Target): boolean {
  const pid = expectPid(target);
  if ((pid.proc.flags & ELSEWHERE) !== 0) throw new MisuseError('badarg', `${pid} runs elsewhere: monitor it to learn when it ends`);
  return (pid.proc.flags & DEAD) === 0;
}

/** OTP: `register/2`: one name per process, one process per name. */
export function registerName(kernel: Kernel, name: string, target: Target): void {
  checkName(name);
  const pid = expectPid(target);
  const { proc } = pid;
  if ((proc.flags & (DEAD | ELSEWHERE)) !== 0) throw new MisuseError('badarg', `${pid} is not a live process of this thread`);
  const extra = proc.more();
  if (extra.name !== null) throw new MisuseError('badarg', `${pid} is already registered as '${extra.name}'`);
  const holder = kernel.names.register(name, pid);
  if (holder !== undefined) throw new MisuseError('badarg', `'${name}' is already registered by ${holder}`);
  extra.name = name;
}

/** OTP: `unregister/1`. */
export function unregisterName(kernel: Kernel, name: string): void {
  const pid = kernel.names.whereis(name) as ProcessId | undefined;
  if (pid === undefined || (pid.proc.flags & (DEAD | ELSEWHERE)) !== 0) {
    throw new MisuseError('badarg', `no process of this thread is registered as '${name}'`);
  }
  kernel.names.unregister(name, pid);
  pid.proc.more().name = null;
}

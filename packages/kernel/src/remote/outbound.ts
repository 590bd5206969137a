import type { Launchable, PlaceOptions } from '../behaviours/launch.js';
import type { Starter } from '../behaviours/start.js';
import type { Client } from '../calls/request.js';
import { nameOfClass } from '../classes.js';
import type { CallErrorCode } from '../errors.js';
import { describeReason, type ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import type { ProcessId } from '../identity/pid.js';
import type { RemoteAlias } from '../identity/remote-alias.js';
import { RemoteName } from '../identity/remote-name.js';
import type { Kernel } from '../kernel.js';
import { addLink, removeLink } from '../process/links.js';
import type { Proc } from '../process/proc.js';
import { type RemoteMonitor, RemotePeers } from './peers.js';
import { RemoteStart } from './remote-start.js';
import type { Signal } from './signal.js';
import * as op from './signal.js';

// The kernel's verbs on processes of other threads and nodes. All of them look like the local ones: they return at once.

/** False when nothing can be sent there (any more). */
function send(to: Address, signal: Signal): boolean {
  const { carrier } = to.kernel;
  if (to.down || carrier === null) return false;
  carrier.send(to, signal);
  return true;
}

/** For signals of the kernel's own, which must not fail: a reason that cannot travel is replaced by its description. */
function sendReason(to: Address, reason: ExitReason, signal: (reason: ExitReason) => Signal): void {
  try {
    send(to, signal(reason));
  } catch {
    send(to, signal({ unsendable: describeReason(reason) }));
  }
}

/** A process there, or a name that is looked up there. */
type There = ProcessId | RemoteName;

export function sendMessage(to: There, message: unknown): void {
  send(to.at, to instanceof RemoteName ? [op.MESSAGE_NAME, to.name, message] : [op.MESSAGE, to.serial, message]);
}

export function sendAlias(to: Pick<RemoteAlias, 'at' | 'id'>, message: unknown): void {
  send(to.at, [op.MESSAGE_ALIAS, to.id, message]);
}

export function sendExit(from: ProcessId, to: ProcessId, reason: ExitReason): void {
  send(to.at, [op.EXIT, to.serial, from, reason]);
}

// ---------------------------------------------------------------- links

/** False if the other side is gone already. */
export function sendLink(proc: Proc, to: ProcessId): boolean {
  const peers = RemotePeers.of(to.at);
  if (!send(to.at, [op.LINK, to.serial, proc.pid])) return false;
  peers.endUnlinking(proc.pid.serial, to);
  addLink(proc, to);
  peers.addLink(proc, to);
  return true;
}

export function sendUnlink(proc: Proc, to: ProcessId): void {
  if (!removeLink(proc, to)) return;
  const peers = RemotePeers.of(to.at);
  peers.removeLink(proc, to);
  const id = proc.kernel.nextRef();
  if (send(to.at, [op.UNLINK, to.serial, proc.pid, id])) peers.startUnlinking(proc.pid.serial, to, id);
}

export function sendUnlinkAck(from: ProcessId, to: ProcessId, id: number): void {
  send(to.at, [op.UNLINK_ACK, to.serial, from, id]);
}

/** `proc` has ended: its linked process over there gets the exit signal. */
export function sendLinkExit(proc: Proc, to: ProcessId, reason: ExitReason): void {
  const { peers } = to.at;
  peers?.removeLink(proc, to);
  sendExitOfLinked(proc.pid, to, reason);
}

export function sendExitOfLinked(from: ProcessId, to: ProcessId, reason: ExitReason): void {
  sendReason(to.at, reason, (r) => [op.LINK_EXIT, to.serial, from, r]);
}

// ---------------------------------------------------------------- monitors

export function sendMonitor(target: There, monitor: RemoteMonitor): void {
  const signal: Signal =
    target instanceof RemoteName ? [op.MONITOR_NAME, target.name, monitor.id] : [op.MONITOR, target.serial, monitor.id];
  if (!send(target.at, signal)) monitor.fire(target as ProcessId, 'noconnection');
  else RemotePeers.of(target.at).monitors.set(monitor.id, monitor);
}

export function sendDemonitor(at: Address, monitor: RemoteMonitor): void {
  if (at.peers?.monitors.delete(monitor.id) === true) send(at, [op.DEMONITOR, monitor.id]);
}

export function sendDown(to: Address, ref: number, from: ProcessId | null, reason: ExitReason): void {
  sendReason(to, reason, (r) => [op.DOWN, ref, from, r]);
}

// ---------------------------------------------------------------- calls

/** The caller's side of a call, as far as sending it goes. */
interface RemoteCall extends Pick<Client, 'pid' | 'reply' | 'fail'> {
  readonly name: string;
  /** To be told when it is over, and whether by an answer from there. */
  onDone: ((answered: boolean) => void) | null;
}

export function sendCall(to: There, call: RemoteCall, args: readonly unknown[]): void {
  const ref = to.at.kernel.nextRef();
  const named = to instanceof RemoteName;
  if (!send(to.at, [named ? op.CALL_NAME : op.CALL, named ? to.name : to.serial, call.pid ?? null, ref, call.name, args])) {
    to.at.kernel.host.microtask(() => call.fail('noconnection', 'noconnection'));
    return;
  }
  const { calls } = RemotePeers.of(to.at);
  calls.set(ref, call);
  call.onDone = (answered) => {
    if (calls.delete(ref) && !answered) send(to.at, [op.FORGET_CALL, ref]);
  };
}

export function sendCast(to: There, name: string, args: readonly unknown[]): void {
  send(to.at, to instanceof RemoteName ? [op.CAST_NAME, to.name, name, args] : [op.CAST, to.serial, name, args]);
}

export function sendReply(to: Address, ref: number, value: unknown): void {
  send(to, [op.REPLY, ref, value]);
}

export function sendCallFailed(to: Address, ref: number, code: CallErrorCode, reason: ExitReason): void {
  sendReason(to, reason, (r) => [op.CALL_FAILED, ref, code, r]);
}

// ---------------------------------------------------------------- starts

export function sendSpawn(
  kernel: Kernel,
  at: Address,
  caller: Proc | null,
  linked: boolean,
  Class: Launchable,
  args: unknown,
  options: PlaceOptions | undefined,
  starter: Starter,
): void {
  const ref = kernel.nextRef();
  const parent = linked && caller !== null ? caller.pid : null;
  if (!send(at, [op.SPAWN, ref, parent, nameOfClass(Class), args, options?.name ?? null, options?.mailbox ?? null])) {
    kernel.host.microtask(() => starter.failed('noconnection', 'noconnection'));
    return;
  }
  const start = new RemoteStart(starter, linked ? caller : null);
  RemotePeers.of(at).starts.set(ref, start);
  if (!('onTimeout' in starter)) return;
  starter.onTimeout = () => {
    start.abandon();
    send(at, [op.START_KILL, ref]);
  };
}

export function sendStarted(to: Address, ref: number, pid: ProcessId): void {
  send(to, [op.STARTED, ref, pid]);
}

export function sendStartIgnored(to: Address, ref: number, child: ProcessId): void {
  send(to, [op.START_IGNORED, ref, child]);
}

export function sendStartFailed(
  to: Address,
  ref: number,
  child: ProcessId | null,
  code: string,
  reason: unknown,
  holder: ProcessId | undefined,
): void {
  sendReason(to, reason as ExitReason, (r) => [op.START_FAILED, ref, child, code, r, holder ?? null]);
}

/** Somebody over there linked to a process that is not here (any more). */
export function sendNoproc(kernel: Kernel, serial: number, to: ProcessId): void {
  sendExitOfLinked(kernel.pid(kernel.here, serial), to, 'noproc');
}

// ---------------------------------------------------------------- questions

/** Asks whether a process is alive; the answer comes after all that was sent there before has taken effect. */
export function askAlive(to: ProcessId, answer: (alive: boolean) => void): void {
  const ref = to.at.kernel.nextRef();
  if (send(to.at, [op.IS_ALIVE, to.serial, ref])) RemotePeers.of(to.at).questions.set(ref, answer);
  else to.at.kernel.host.microtask(() => answer(false));
}

export function sendAlive(to: Address, ref: number, alive: boolean): void {
  send(to, [op.ALIVE, ref, alive]);
}

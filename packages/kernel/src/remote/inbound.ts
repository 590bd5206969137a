import { launch } from '../behaviours/launch.js';
import { Start, type Starter } from '../behaviours/start.js';
import { type Client, Request } from '../calls/request.js';
import { classByName, unknownClass } from '../classes.js';
import type { CallErrorCode, StartErrorCode } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import type { Name } from '../identity/name.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { Cast } from '../messages.js';
import { bindMailbox, type MailboxBound } from '../process/bound.js';
import { deliver } from '../process/deliver.js';
import { addLink, isLinked, removeLink } from '../process/links.js';
import type { Proc, Watcher } from '../process/proc.js';
import { condemn, exitSignal, linkSignal } from '../process/signals.js';
import { addWatcher, removeWatcher } from '../process/watchers.js';
import * as out from './outbound.js';
import { RemotePeers } from './peers.js';
import { relayCall, relayMonitor } from './relay.js';
import type { RemoteStart } from './remote-start.js';
import type { Signal } from './signal.js';
import * as op from './signal.js';

/** A signal from another thread or node has arrived. Its shape has been checked by the carrier if it came from a network. */
export function receiveSignal(kernel: Kernel, from: Address, signal: Signal): void {
  if (from.down) return;
  if (signal[0] === op.MESSAGE) {
    // Nearly all there is: taken apart by index, without a closure.
    const proc = kernel.find(signal[1] as number);
    if (proc !== undefined) deliver(proc, signal[2]);
    return;
  }
  const [operation, a, b, c, d, e, f] = signal;
  switch (operation) {
    case op.MESSAGE_NAME:
      return messageNamed(named(kernel, a), b);
    case op.MESSAGE_ALIAS:
      kernel.aliases.get(a as number)?.send(b);
      return;
    case op.EXIT:
      return withProc(kernel, a, (proc) => exitSignal(proc, b as ProcessId, c as ExitReason));
    case op.LINK:
      return linkFrom(kernel, from, a as number, b as ProcessId);
    case op.UNLINK:
      return unlinkFrom(kernel, from, a as number, b as ProcessId, c as number);
    case op.UNLINK_ACK:
      from.peers?.endUnlinking(a as number, b as ProcessId, c as number);
      return;
    case op.LINK_EXIT:
      return withProc(kernel, a, (proc) => {
        if (from.peers?.isUnlinking(proc.pid.serial, b as ProcessId) === true) return;
        from.peers?.removeLink(proc, b as ProcessId);
        linkSignal(proc, b as ProcessId, c as ExitReason);
      });
    case op.MONITOR:
      return monitorFrom(from, kernel.find(a as number)?.pid, b as number);
    case op.MONITOR_NAME:
      return monitorFrom(from, named(kernel, a), b as number);
    case op.DEMONITOR:
      return demonitorFrom(from, a as number);
    case op.DOWN:
      return downFrom(from, a as number, b as ProcessId | null, c as ExitReason);
    case op.CALL:
      return callFrom(from, kernel.find(a as number)?.pid, b as Pid | null, c as number, d as string, e as unknown[]);
    case op.CALL_NAME:
      return callFrom(from, named(kernel, a), b as Pid | null, c as number, d as string, e as unknown[]);
    case op.FORGET_CALL: {
      const request = from.peers?.served.get(a as number);
      from.peers?.served.delete(a as number);
      request?.forget();
      return;
    }
    case op.REPLY:
      from.peers?.calls.get(a as number)?.reply(b);
      return;
    case op.CALL_FAILED:
      from.peers?.calls.get(a as number)?.fail(b as CallErrorCode, c as ExitReason);
      return;
    case op.CAST:
      return withProc(kernel, a, (proc) => deliver(proc, new Cast(b as string, c as unknown[])));
    case op.CAST_NAME:
      return castNamed(named(kernel, a), b as string, c as unknown[]);
    case op.SPAWN:
      return spawnFrom(kernel, from, a as number, b as ProcessId | null, c as string, d, e as Name | null, f as MailboxBound | null);
    case op.STARTED:
      takeStart(from, a as number)?.started(b as ProcessId);
      return;
    case op.START_IGNORED:
      takeStart(from, a as number)?.ignored(b as ProcessId);
      return;
    case op.START_FAILED:
      takeStart(from, a as number)?.failed(b as ProcessId | null, c as StartErrorCode, d, (e as ProcessId | null) ?? undefined);
      return;
    case op.START_KILL: {
      const proc = from.peers?.starting.get(a as number);
      if (proc !== undefined) condemn(proc, 'killed');
      return;
    }
    case op.IS_ALIVE:
      return out.sendAlive(from, b as number, kernel.find(a as number) !== undefined);
    case op.ALIVE: {
      const answer = from.peers?.questions.get(a as number);
      from.peers?.questions.delete(a as number);
      answer?.(b as boolean);
      return;
    }
    default:
      kernel.unknownSignals++;
  }
}

function withProc(kernel: Kernel, serial: unknown, act: (proc: Proc) => void): void {
  const proc = kernel.find(serial as number);
  if (proc !== undefined) act(proc);
}

/** Names are the node's: their process may live on another thread than the one that is asked. */
function named(kernel: Kernel, name: unknown): ProcessId | undefined {
  return kernel.names.whereis(name as string) as ProcessId | undefined;
}

function messageNamed(pid: ProcessId | undefined, message: unknown): void {
  if (pid === undefined) return;
  if (pid.isLocal) deliver(pid.proc, message);
  else out.sendMessage(pid, message);
}

function castNamed(pid: ProcessId | undefined, name: string, args: readonly unknown[]): void {
  if (pid === undefined) return;
  if (pid.isLocal) deliver(pid.proc, new Cast(name, args));
  else out.sendCast(pid, name, args);
}

function linkFrom(kernel: Kernel, from: Address, serial: number, there: ProcessId): void {
  const proc = kernel.find(serial);
  if (proc === undefined) {
    out.sendNoproc(kernel, serial, there);
    return;
  }
  const peers = RemotePeers.of(from);
  // Sent before the unlink under way arrived there, which ends that link on both sides.
  if (peers.isUnlinking(serial, there)) return;
  addLink(proc, there);
  peers.addLink(proc, there);
}

function unlinkFrom(kernel: Kernel, from: Address, serial: number, there: ProcessId, id: number): void {
  const proc = kernel.find(serial);
  if (proc !== undefined && isLinked(proc, there)) {
    removeLink(proc, there);
    from.peers?.removeLink(proc, there);
  }
  out.sendUnlinkAck(kernel.pid(kernel.here, serial), there, id);
}

function monitorFrom(from: Address, pid: ProcessId | undefined, ref: number): void {
  if (pid === undefined || !pid.proc.alive) {
    out.sendDown(from, ref, null, 'noproc');
    return;
  }
  if (!pid.isLocal) return relayMonitor(from, pid, ref);
  const { proc } = pid;
  const { watchers } = RemotePeers.of(from);
  const watcher: Watcher = {
    fire(pid, reason) {
      watchers.delete(ref);
      out.sendDown(from, ref, pid as ProcessId, reason);
    },
  };
  watchers.set(ref, { cancel: () => removeWatcher(proc, watcher) });
  addWatcher(proc, watcher);
}

function demonitorFrom(from: Address, ref: number): void {
  const watcher = from.peers?.watchers.get(ref);
  from.peers?.watchers.delete(ref);
  watcher?.cancel();
}

function downFrom(from: Address, ref: number, pid: ProcessId | null, reason: ExitReason): void {
  const monitor = from.peers?.monitors.get(ref);
  if (monitor === undefined) return;
  from.peers?.monitors.delete(ref);
  monitor.fire(pid ?? (monitor.target as Pid), reason);
}

function callFrom(from: Address, to: ProcessId | undefined, pid: Pid | null, ref: number, name: string, args: unknown[]): void {
  if (to === undefined || !to.proc.alive) {
    out.sendCallFailed(from, ref, 'noproc', 'noproc');
    return;
  }
  if (!to.isLocal) return relayCall(from, to, pid, ref, name, args);
  const { served } = RemotePeers.of(from);
  const client: Client = {
    pid: pid ?? undefined,
    request: null,
    reply(value) {
      served.delete(ref);
      out.sendReply(from, ref, value);
    },
    fail(code, reason) {
      served.delete(ref);
      out.sendCallFailed(from, ref, code, reason);
    },
  };
  const request = new Request(name, args, client);
  served.set(ref, request);
  deliver(to.proc, request);
}

function takeStart(from: Address, ref: number): RemoteStart | undefined {
  const starter = from.peers?.starts.get(ref);
  from.peers?.starts.delete(ref);
  return starter;
}

function spawnFrom(
  kernel: Kernel,
  from: Address,
  ref: number,
  parent: ProcessId | null,
  className: string,
  args: unknown,
  name: Name | null,
  mailbox: MailboxBound | null,
): void {
  const Class = classByName(className);
  if (Class === undefined) {
    out.sendStartFailed(from, ref, null, 'not_registered', unknownClass(className), undefined);
    return;
  }
  const { starting } = RemotePeers.of(from);
  const starter: Starter = {
    started(pid) {
      starting.delete(ref);
      out.sendStarted(from, ref, pid);
    },
    ignored() {
      starting.delete(ref);
      out.sendStartIgnored(from, ref, proc.pid);
    },
    failed(code, reason, pid) {
      starting.delete(ref);
      out.sendStartFailed(from, ref, proc.pid, code, reason, pid);
    },
  };
  const proc = launch(kernel, Class, new Start(args, name ?? undefined, starter), null, false);
  if (mailbox !== null) bindMailbox(proc, mailbox);
  starting.set(ref, proc);
  if (parent !== null) {
    proc.parent = parent;
    addLink(proc, parent);
    RemotePeers.of(from).addLink(proc, parent);
  }
}

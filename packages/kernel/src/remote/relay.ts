import type { CallErrorCode } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import * as out from './outbound.js';
import { RemotePeers } from './peers.js';

// Somebody on another node names a process that lives on another thread of this node. Its messages are handed on; for what
// has an answer this thread stands in between, as the other side knows only the front it asked.

export function relayMonitor(from: Address, target: ProcessId, ref: number): void {
  const { watchers } = RemotePeers.of(from);
  const own = {
    id: target.at.kernel.nextRef(),
    target,
    fire(pid: Pid, reason: ExitReason): void {
      watchers.delete(ref);
      out.sendDown(from, ref, pid as ProcessId, reason);
    },
  };
  watchers.set(ref, { cancel: () => out.sendDemonitor(target.at, own) });
  out.sendMonitor(target, own);
}

export function relayCall(from: Address, target: ProcessId, caller: Pid | null, ref: number, name: string, args: readonly unknown[]): void {
  const { served } = RemotePeers.of(from);
  const call = {
    pid: caller ?? undefined,
    name,
    onDone: null as ((answered: boolean) => void) | null,
    reply(value: unknown): void {
      served.delete(ref);
      call.onDone?.(true);
      try {
        out.sendReply(from, ref, value);
      } catch (error) {
        // What may cross between threads need not be allowed to leave the node.
        out.sendCallFailed(from, ref, 'exit', error as ExitReason);
      }
    },
    fail(code: CallErrorCode, reason: ExitReason): void {
      served.delete(ref);
      call.onDone?.(true);
      out.sendCallFailed(from, ref, code, reason);
    },
  };
  served.set(ref, { forget: () => call.onDone?.(false) });
  out.sendCall(target, call, args);
}

import { ProcessId } from '../identity/pid.js';

/** What replicas of names say to each other about claims. */
export type ClaimMessage =
  /** A thread to its gateway. */
  | { readonly type: 'claim'; readonly from: ProcessId; readonly id: number; readonly name: string; readonly pid: ProcessId }
  | { readonly type: 'verdict'; readonly from: ProcessId; readonly id: number; readonly token: unknown; readonly holder: unknown }
  /** A node to the arbiter. */
  | {
      readonly type: 'ask';
      readonly from: ProcessId;
      readonly id: number;
      readonly name: string;
      readonly pid: ProcessId;
      readonly view: string;
    }
  /** The arbiter's answer: a token, a holder, or neither: ask again. */
  | { readonly type: 'answer'; readonly from: ProcessId; readonly id: number; readonly token: unknown; readonly holder: unknown }
  /** The node that was given a name has no use for it. */
  | { readonly type: 'forgo'; readonly from: ProcessId; readonly name: string; readonly pid: ProcessId }
  /** The name is written down for a process of the node that this goes to, and nobody else knows that process to have it. */
  | { readonly type: 'recheck'; readonly from: ProcessId; readonly name: string }
  /** A gateway to the thread of the process: the registry does not vouch for the name any more. */
  | { readonly type: 'forfeit'; readonly from: ProcessId; readonly name: string; readonly pid: ProcessId }
  /** A gateway to the thread of the process: the name has another token. */
  | { readonly type: 'renewed'; readonly from: ProcessId; readonly name: string; readonly pid: ProcessId; readonly token: unknown };

/** Whether that is what such a peer may say to a gateway: each asks for its own processes. */
export function isClaimOf(message: ClaimMessage, from: ProcessId, isThread: boolean): boolean {
  if (message.type === 'recheck') return !isThread && typeof message.name === 'string';
  const id = message.type === 'forgo' || ('id' in message && Number.isSafeInteger(message.id) && message.id > 0);
  if (message.type === 'answer') return id && !isThread;
  if (message.type !== 'claim' && message.type !== 'ask' && message.type !== 'forgo') return false;
  const { name, pid } = message;
  const its = pid instanceof ProcessId && (isThread ? pid.at === from.at : pid.at.sameNode(from.at));
  if (!id || typeof name !== 'string' || !its) return false;
  return message.type === 'claim' ? isThread : !isThread && (message.type === 'forgo' || typeof message.view === 'string');
}

import { MisuseError } from '../errors.js';
import type { Address } from '../identity/address.js';
import type { Signal } from './signal.js';

/**
 * Takes signals to other threads and nodes. `send` neither blocks nor fails; what it cannot deliver it reports through
 * `Kernel.addressDown`, once, after which no signal of that address may be passed to the kernel. Never from within `send`:
 * the kernel notes what hangs on a signal after it has sent it.
 */
export interface Carrier {
  send(to: Address, signal: Signal): void;
}

/** An encoded signal to or from another node may have at most so many bytes. */
export const MAX_NODE_SIGNAL_BYTES: number = 32 * 2 ** 20;

export function checkNodeSignalSize(bytes: number): void {
  if (bytes <= MAX_NODE_SIGNAL_BYTES) return;
  throw new MisuseError('not_sendable', `the message takes ${bytes} bytes: at most ${MAX_NODE_SIGNAL_BYTES} can be sent to another node`);
}

/** The way to other nodes, on a node's gateway. */
export interface NodeCarrier extends Carrier {
  /** A signal of another thread of this node, encoded there. False if that node cannot be reached: its addresses are down. */
  forward(thread: number, to: Address, bytes: Uint8Array): boolean;
  /** A thread of this node has ended; others hear of it after everything it has sent. */
  threadDown(thread: number): void;
  /** A thread of this node got something from there that is no signal. */
  badSignal(from: Address): void;
}

/** The other threads of a node, as its connection with other nodes uses them. */
export interface NodeThreads {
  nodes: NodeCarrier | null;
  /** Hands on a signal of another node, encoded and not checked. False if this node has no such thread. */
  deliver(from: Address, thread: number, bytes: Uint8Array): boolean;
  nodeUp(node: string, incarnation: number): void;
  nodeDown(node: string, incarnation: number, reason: string): void;
  /** From now on more waits for that node than the way there takes, or no more. */
  nodeCrowded(node: string, incarnation: number, crowded: boolean): void;
  /** A thread of another node has ended. */
  threadGone(address: Address): void;
}

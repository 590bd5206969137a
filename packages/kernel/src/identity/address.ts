import type { Kernel } from '../kernel.js';
import type { RemotePeers } from '../remote/peers.js';
import { ProcessId } from './pid.js';

/**
 * Where a process lives: one thread of one incarnation of one node. All pids of a thread share one `Address`; addresses
 * are canonical within a kernel, so they compare with `===` there.
 */
export class Address {
  readonly node: string;
  /** Grows with each start of the node, so a pid of an earlier run never means a process of this one. */
  readonly incarnation: number;
  /** Never used again within an incarnation. 0 is the gateway, or everything with `schedulers: 0`. */
  readonly thread: number;
  /** The kernel in whose table this address is. */
  readonly kernel: Kernel;
  /** What this thread's processes have to do with processes over there; null until something has. */
  peers: RemotePeers | null = null;
  readonly #pids = new Map<number, WeakRef<ProcessId>>();
  readonly #collected = new FinalizationRegistry<number>((serial) => {
    if (this.#pids.get(serial)?.deref() === undefined) this.#pids.delete(serial);
  });
  /** Its thread or node is gone: nothing is sent there any more, and nothing from there is believed. */
  down = false;

  constructor(kernel: Kernel, node: string, incarnation: number, thread: number) {
    this.kernel = kernel;
    this.node = node;
    this.incarnation = incarnation;
    this.thread = thread;
  }

  /** The one object for that process of another thread or node, for as long as anybody here holds it. */
  remotePid(serial: number): ProcessId {
    const known = this.#pids.get(serial)?.deref();
    if (known !== undefined) return known;
    const pid = ProcessId.remote(this, serial);
    this.#pids.set(serial, new WeakRef(pid));
    this.#collected.register(pid, serial);
    return pid;
  }

  sameNode(other: Address): boolean {
    return this.node === other.node && this.incarnation === other.incarnation;
  }

  toString(): string {
    return `${this.node}/${this.thread}`;
  }
}

export function addressKey(node: string, incarnation: number, thread: number): string {
  return `${node}/${incarnation}/${thread}`;
}

import {
  type Address,
  Codec,
  checkNodeSignalSize,
  isSignalOf,
  type Kernel,
  type NodeCarrier,
  type Signal,
} from '@rekindle/kernel/internal';
import type { BadFrames } from './bad-frames.js';
import type { Members } from './membership/members.js';
import type { Peer } from './membership/peer.js';

/** The gateway's own thread, and with `schedulers: 0` the only one. */
const FRONT = 0;

/** The kernel's way to other nodes: signals of all threads of this node go out here, and come in here. */
export class ClusterCarrier implements NodeCarrier {
  readonly #kernel: Kernel;
  readonly #members: Members;
  readonly #bad: BadFrames;
  readonly #codec: Codec;
  signalsSent = 0;
  signalsReceived = 0;

  constructor(kernel: Kernel, members: Members, bad: BadFrames) {
    this.#kernel = kernel;
    this.#members = members;
    this.#bad = bad;
    this.#codec = new Codec(kernel, 'nodes');
  }

  // ---------------------------------------------------------------- out

  /** Throws `not_sendable` for what cannot leave this node. */
  send(to: Address, signal: Signal): void {
    const bytes = this.#codec.encode(signal);
    checkNodeSignalSize(bytes.length);
    if (!this.forward(FRONT, to, bytes)) this.#kernel.host.microtask(() => this.#unreachable(to));
    const { crowded } = this.#kernel.nodes;
    if (crowded.any) crowded.sent(to);
  }

  forward(thread: number, to: Address, bytes: Uint8Array): boolean {
    const association = this.#members.reach(to.node, to.incarnation);
    if (association === null) return false;
    association.signal(thread, to.thread, bytes);
    this.signalsSent++;
    return true;
  }

  threadDown(thread: number): void {
    for (const { association } of this.#members.peers()) association?.threadEnded(thread);
  }

  badSignal({ node }: Address): void {
    this.#bad.count(node);
  }

  /** What hangs on the address ends; if the node has come up meanwhile, what is sent from now on goes there. */
  #unreachable(address: Address): void {
    this.#kernel.addressDown(address);
    if (this.#members.reach(address.node, address.incarnation) !== null) address.down = false;
  }

  // ---------------------------------------------------------------- in

  /** From a thread of another node. Other threads of this one look into it themselves. */
  received({ node, incarnation, association }: Peer, from: number, to: number, bytes: Buffer): void {
    this.signalsReceived++;
    const sender = this.#kernel.address(node, incarnation, from);
    if (to !== FRONT) {
      // A thread that has ended has been announced; its pids live on in messages.
      if (this.#kernel.threads?.deliver(sender, to, bytes) !== true) association?.threadEnded(to);
      return;
    }
    const signal = this.#decode(bytes);
    if (isSignalOf(sender, signal)) this.#kernel.receive(sender, signal);
    else this.#bad.count(node);
  }

  /** A thread of another node has ended. */
  threadEnded({ node, incarnation }: Peer, thread: number): void {
    const address = this.#kernel.address(node, incarnation, thread);
    this.#kernel.addressDown(address);
    this.#kernel.threads?.threadGone(address);
  }

  #decode(bytes: Buffer): unknown {
    try {
      return this.#codec.decode(bytes);
    } catch {
      return undefined;
    }
  }
}

import type { Address, Kernel, NodeCarrier, NodeThreads } from '@rekindle/kernel/internal';
import { readNodeSignal, writeNodeSignal } from './node-frames.js';
import type { Control, NodeControl } from './scheduler.js';
import type { ThreadCarrier } from './thread-carrier.js';

/**
 * Between the scheduler threads and other nodes, on the gateway: signals pass through here encoded. Each scheduler has its own
 * view of which nodes are up; it lags behind the gateway's, but not behind the signals, which take the same lane.
 */
export class GatewayNodes implements NodeThreads {
  readonly #kernel: Kernel;
  readonly #carrier: ThreadCarrier;
  readonly #control: (thread: number, message: Control) => void;
  /**
   * Nodes by key that a thread was told are down and has not confirmed yet. What it sends there was meant for before: passed on
   * after the node is up again, it would leave half a link behind.
   */
  readonly #unconfirmed = new Map<number, Map<string, number>>();

  constructor(kernel: Kernel, carrier: ThreadCarrier, control: (thread: number, message: Control) => void) {
    this.#kernel = kernel;
    this.#carrier = carrier;
    this.#control = control;
  }

  get nodes(): NodeCarrier | null {
    return this.#carrier.nodes;
  }
  set nodes(nodes: NodeCarrier | null) {
    this.#carrier.nodes = nodes;
  }

  // ---------------------------------------------------------------- from other nodes

  deliver(from: Address, thread: number, bytes: Uint8Array): boolean {
    const lane = this.#carrier.lane(thread);
    if (lane === undefined) return false;
    writeNodeSignal(lane, from, bytes);
    return true;
  }

  nodeUp(node: string, incarnation: number): void {
    this.#tellAll({ type: 'nodeUp', node, incarnation });
  }

  nodeDown(node: string, incarnation: number, reason: string): void {
    for (const { thread } of this.#carrier.lanes()) this.#tellDown(thread, node, incarnation, reason);
  }

  nodeCrowded(node: string, incarnation: number, crowded: boolean): void {
    this.#tellAll({ type: 'nodeCrowded', node, incarnation, crowded });
  }

  threadGone({ node, incarnation, thread }: Address): void {
    this.#tellAll({ type: 'nodeThreadGone', node, incarnation, thread });
  }

  // ---------------------------------------------------------------- the schedulers

  /** A new scheduler learns which nodes are there, before anything comes from them. */
  introduce(thread: number): void {
    const { nodes } = this.#kernel;
    for (const [node, incarnation] of nodes.entries()) {
      this.#control(thread, { type: 'nodeUp', node, incarnation });
      if (nodes.crowded.has(node, incarnation)) this.#control(thread, { type: 'nodeCrowded', node, incarnation, crowded: true });
    }
  }

  threadDown(thread: number): void {
    this.#unconfirmed.delete(thread);
    this.nodes?.threadDown(thread);
  }

  /** A scheduler sends something to another node. */
  signal(thread: number, payload: Buffer): void {
    const to = readNodeSignal(payload);
    if (this.#unconfirmed.get(thread)?.has(`${to.node}/${to.incarnation}`) === true) return;
    const address = this.#kernel.address(to.node, to.incarnation, to.thread);
    const sent = this.nodes?.forward(thread, address, to.bytes) ?? false;
    if (!sent) this.#tellDown(thread, to.node, to.incarnation, 'noconnection');
  }

  control(thread: number, message: NodeControl): void {
    if (message.type === 'nodeDownSeen') this.#confirmed(thread, `${message.node}/${message.incarnation}`);
    else this.nodes?.badSignal(this.#kernel.address(message.node, message.incarnation, message.thread));
  }

  #tellDown(thread: number, node: string, incarnation: number, reason: string): void {
    let nodes = this.#unconfirmed.get(thread);
    if (nodes === undefined) this.#unconfirmed.set(thread, (nodes = new Map()));
    const key = `${node}/${incarnation}`;
    nodes.set(key, (nodes.get(key) ?? 0) + 1);
    this.#control(thread, { type: 'nodeDown', node, incarnation, reason });
  }

  #confirmed(thread: number, key: string): void {
    const nodes = this.#unconfirmed.get(thread);
    const left = (nodes?.get(key) ?? 1) - 1;
    if (left > 0) nodes?.set(key, left);
    else nodes?.delete(key);
  }

  #tellAll(message: Control): void {
    for (const { thread } of this.#carrier.lanes()) this.#control(thread, message);
  }
}

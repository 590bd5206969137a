import {
  type Address,
  type Carrier,
  Codec,
  checkNodeSignalSize,
  type Kernel,
  type NodeCarrier,
  type Signal,
} from '@rekindle/kernel/internal';
import { SIGNAL } from './frames.js';
import type { Lane } from './lane.js';
import { writeNodeSignal } from './node-frames.js';

/** The kernel's way to the other threads of this node, and through the gateway to other nodes. */
export class ThreadCarrier implements Carrier {
  readonly #kernel: Kernel;
  readonly #codec: Codec;
  readonly #lanes = new Map<number, Lane>();
  /** Signals to new threads of which this one has heard before it got the lane to them. */
  readonly #early = new Map<number, Uint8Array[]>();
  /** On the gateway: the way to other nodes. */
  nodes: NodeCarrier | null = null;
  readonly #nodeCodec: Codec;

  constructor(kernel: Kernel, codec: Codec) {
    this.#kernel = kernel;
    this.#codec = codec;
    this.#nodeCodec = new Codec(kernel, 'nodes');
  }

  addLane(lane: Lane): void {
    this.#lanes.set(lane.thread, lane);
    const early = this.#early.get(lane.thread);
    if (early === undefined) return;
    this.#early.delete(lane.thread);
    for (const signal of early) lane.out.write(SIGNAL, signal);
    lane.written();
  }

  lane(thread: number): Lane | undefined {
    return this.#lanes.get(thread);
  }

  lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  dropLane(thread: number): void {
    this.#lanes.get(thread)?.close();
    this.#lanes.delete(thread);
    this.#early.delete(thread);
  }

  #keep(thread: number, signal: Uint8Array): void {
    const early = this.#early.get(thread);
    if (early === undefined) this.#early.set(thread, [Uint8Array.from(signal)]);
    else early.push(Uint8Array.from(signal));
  }

  /**
   * To an address that is not down. Throws `not_sendable` when the signal holds something that cannot leave the thread; nothing else
   * is lost then.
   */
  send(to: Address, signal: Signal): void {
    if (to.sameNode(this.#kernel.here)) {
      const lane = this.#lanes.get(to.thread);
      if (lane === undefined) {
        this.#keep(to.thread, this.#codec.encode(signal));
        return;
      }
      const packed = this.#codec.pack(signal);
      lane.out.writePacked(SIGNAL, packed, packed.start, packed.end);
      lane.written();
    } else if (this.#kernel.here.thread === 0) this.nodes?.send(to, signal);
    else {
      const lane = this.#lanes.get(0);
      if (lane === undefined) return;
      const bytes = this.#nodeCodec.encode(signal);
      checkNodeSignalSize(bytes.length);
      writeNodeSignal(lane, to, bytes);
    }
  }

  /** A signal from another thread of this node. */
  received(from: Address, bytes: Uint8Array, start: number, end: number): void {
    this.#kernel.receive(from, this.#codec.decodeRange(bytes, start, end) as Signal);
  }
}

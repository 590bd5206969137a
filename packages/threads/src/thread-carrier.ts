import {
  type Address,
  type Attached,
  type Carrier,
  Codec,
  checkNodeSignalSize,
  type Kernel,
  type NodeCarrier,
  ops,
  type Packed,
  type Signal,
} from '@rekindle/kernel/internal';
import { FlatReader, FlatWriter } from './flat-messages.js';
import { FLAT, FLAT_FIELD, SIGNAL, SIGNAL_ATTACHED } from './frames.js';
import type { Lane } from './lane.js';
import { writeNodeSignal } from './node-frames.js';

const { MESSAGE } = ops;

/** A signal that waits for its lane: bytes in a buffer of whole words, as `writePacked` reads them. */
interface Early {
  readonly words: Uint8Array;
  readonly length: number;
  readonly attached: Attached;
}

function keep(packed: Packed, attached: Attached): Early {
  const length = packed.end - packed.start;
  const words = new Uint8Array((length + 3) & ~3);
  words.set(packed.subarray(packed.start, packed.end));
  return { words, length, attached };
}

/** The kernel's way to the other threads of this node, and through the gateway to other nodes. */
export class ThreadCarrier implements Carrier {
  readonly #kernel: Kernel;
  readonly #codec: Codec;
  readonly #lanes = new Map<number, Lane>();
  /** Signals to new threads of which this one has heard before it got the lane to them. */
  readonly #early = new Map<number, Early[]>();
  /** On the gateway: the way to other nodes. */
  nodes: NodeCarrier | null = null;
  readonly #nodeCodec: Codec;
  #attached: Attached = { values: [], transfer: [] };

  constructor(kernel: Kernel, codec: Codec) {
    this.#kernel = kernel;
    this.#codec = codec;
    this.#nodeCodec = new Codec(kernel, 'nodes');
  }

  addLane(lane: Lane): void {
    this.#lanes.set(lane.thread, lane);
    lane.flat = new FlatWriter(this.#kernel, lane.out);
    const early = this.#early.get(lane.thread);
    if (early === undefined) return;
    this.#early.delete(lane.thread);
    for (const { words, length, attached } of early) this.#write(lane, words, 0, length, attached);
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

  #write(lane: Lane, bytes: Uint8Array, start: number, end: number, attached: Attached): void {
    if (attached.values.length > 0) lane.attach(attached.values, attached.transfer);
    lane.out.writePacked(attached.values.length > 0 ? SIGNAL_ATTACHED : SIGNAL, bytes, start, end);
    lane.written();
  }

  /**
   * To an address that is not down. Throws `not_sendable` when the signal holds something that cannot leave the thread; nothing else
   * is lost then.
   */
  send(to: Address, signal: Signal): void {
    if (to.sameNode(this.#kernel.here)) {
      const lane = this.#lanes.get(to.thread);
      if (signal[0] === MESSAGE && lane?.flat?.write(signal[1] as number, signal[2]) === true) {
        lane.written();
        return;
      }
      const attached = this.#attached;
      const packed = this.#codec.packAttaching(signal, attached);
      if (attached.values.length > 0) this.#attached = { values: [], transfer: [] };
      if (lane !== undefined) this.#write(lane, packed, packed.start, packed.end, attached);
      else {
        const early = keep(packed, attached);
        const others = this.#early.get(to.thread);
        if (others === undefined) this.#early.set(to.thread, [early]);
        else others.push(early);
      }
    } else if (this.#kernel.here.thread === 0) this.nodes?.send(to, signal);
    else {
      const lane = this.#lanes.get(0);
      if (lane === undefined) return;
      const bytes = this.#nodeCodec.encode(signal);
      checkNodeSignalSize(bytes.length);
      writeNodeSignal(lane, to, bytes);
      const { crowded } = this.#kernel.nodes;
      if (crowded.any) crowded.sent(to);
    }
  }

  /** What takes the frames of signals from that thread of this node; it answers false to any other frame. */
  receiver(from: Address): (kind: number, bytes: Buffer, start: number, end: number) => boolean {
    const flat = new FlatReader(this.#kernel, from);
    return (kind, bytes, start, end) => {
      if (kind === FLAT) flat.received(bytes, start);
      else if (kind === SIGNAL) this.#kernel.receive(from, this.#codec.decodeRange(bytes, start, end) as Signal);
      else if (kind === SIGNAL_ATTACHED) {
        const attached = this.#lanes.get(from.thread)?.takeAttachments();
        this.#kernel.receive(from, this.#codec.decodeAttached(bytes, start, end, attached ?? []) as Signal);
      } else if (kind === FLAT_FIELD) flat.describe(bytes.subarray(start, end));
      else return false;
      return true;
    };
  }
}

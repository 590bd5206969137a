import { LAST } from './header.js';
import { before32, next32 } from './serial.js';

/** A signal of `MAX_NODE_SIGNAL_BYTES` and the batch around it. */
const MAX_ASSEMBLED_BYTES = 33 * 2 ** 20;

export type Arrival = 'next' | 'duplicate' | 'gap';

/** The receiving half of an association, without effects. */
export class Incoming {
  #last: number;
  #pieces: Buffer[] = [];
  #assembledBytes = 0;

  /** `last`: the number before the first frame's. */
  constructor(last = 0) {
    this.#last = last;
  }

  /** Of the last frame that was taken: everything up to it has arrived. */
  get last(): number {
    return this.#last;
  }

  /** Takes the frame if it is the next one. */
  arrive(seq: number): Arrival {
    const expected = next32(this.#last);
    if (seq === expected) {
      this.#last = seq;
      return 'next';
    }
    return before32(seq, expected) ? 'duplicate' : 'gap';
  }

  /** A piece of a batch: the batch when it is complete, null if it has grown too large. */
  assemble(piece: Buffer, flags: number): Buffer | undefined | null {
    this.#assembledBytes += piece.length;
    const tooLarge = this.#assembledBytes > MAX_ASSEMBLED_BYTES;
    if (tooLarge) this.#pieces = [];
    // A copy: the piece is a view of a larger buffer of the connection's.
    else this.#pieces.push(Buffer.from(piece));
    if ((flags & LAST) === 0) return undefined;
    const batch = tooLarge ? null : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#assembledBytes = 0;
    return batch;
  }
}

/**
 * Frames that a socket is sent in one go. Sockets that are sent the same frames in the same order have the same train, so that
 * for all subscribers of a topic it is put together once.
 */
export class Train {
  /** All of them. */
  readonly bytes: number;
  readonly #before: Train | null;
  readonly #frame: Buffer;
  #longer: Train | null = null;
  #whole: Buffer | null = null;

  constructor(before: Train | null = null, frame: Buffer = NONE) {
    this.#before = before;
    this.#frame = frame;
    this.bytes = (before === null ? 0 : before.bytes) + frame.length;
  }

  /** The train with one more frame. */
  with(frame: Buffer): Train {
    const longer = this.#longer;
    if (longer !== null && longer.#frame === frame) return longer;
    this.#longer = new Train(this, frame);
    return this.#longer;
  }

  /** All frames, one after the other. */
  get whole(): Buffer {
    if (this.#whole === null) this.#whole = this.bytes === this.#frame.length ? this.#frame : this.#join();
    return this.#whole;
  }

  #join(): Buffer {
    const whole = Buffer.allocUnsafe(this.bytes);
    for (let train: Train | null = this; train !== null; train = train.#before) train.#frame.copy(whole, train.bytes - train.#frame.length);
    return whole;
  }
}

const NONE = Buffer.alloc(0);

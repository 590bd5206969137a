import { before32, distance32, next32 } from './serial.js';

export interface OutFrame {
  readonly seq: number;
  readonly kind: number;
  readonly flags: number;
  /** With room for the header. */
  readonly bytes: Buffer;
}

/** More than this is not on its way at a time; the rest waits for acknowledgements. */
export const WINDOW_BYTES: number = 16 * 2 ** 20;

/**
 * The sending half of an association, without effects: frames that are not acknowledged, of which the first ones have been
 * sent. NATS keeps order and loses only the tail of what was sent (when a connection breaks), so going back is enough.
 */
export class Outgoing {
  #frames: OutFrame[] = [];
  /** Frames before this one are acknowledged. */
  #head = 0;
  /** Frames from this one on have not been sent. */
  #next = 0;
  #lastSeq: number;
  #bufferedBytes = 0;
  #inFlightBytes = 0;

  /** `lastSeq`: the number before the first frame's. */
  constructor(lastSeq = 0) {
    this.#lastSeq = lastSeq;
  }

  /** Everything that is not acknowledged. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }
  get isEmpty(): boolean {
    return this.#head === this.#frames.length;
  }
  /** Something was sent and is not acknowledged. */
  get inFlight(): boolean {
    return this.#next > this.#head;
  }
  get waiting(): number {
    return this.#frames.length - this.#next;
  }
  /** Of the last frame that was sent. */
  get sentSeq(): number {
    return (this.#lastSeq - this.waiting) >>> 0;
  }

  push(kind: number, flags: number, bytes: Buffer): void {
    this.#lastSeq = next32(this.#lastSeq);
    this.#frames.push({ seq: this.#lastSeq, kind, flags, bytes });
    this.#bufferedBytes += bytes.length;
  }

  /** The next frame to send, as the window allows. */
  take(): OutFrame | undefined {
    if (this.#inFlightBytes >= WINDOW_BYTES) return undefined;
    const frame = this.#frames[this.#next];
    if (frame === undefined) return undefined;
    this.#next++;
    this.#inFlightBytes += frame.bytes.length;
    return frame;
  }

  /** Everything up to `seq` has arrived. False if that is no news. */
  acknowledge(seq: number): boolean {
    const first = this.#frames[this.#head];
    if (first === undefined || before32(seq, first.seq) || before32(this.#lastSeq, seq)) return false;
    const end = this.#head + distance32(first.seq, seq) + 1;
    for (let i = this.#head; i < end; i++) {
      const { length } = (this.#frames[i] as OutFrame).bytes;
      this.#bufferedBytes -= length;
      // After going back a frame may be acknowledged that is not counted as sent.
      if (i < this.#next) this.#inFlightBytes -= length;
    }
    this.#head = end;
    if (this.#next < end) this.#next = end;
    this.#compact();
    return true;
  }

  /** Everything that is not acknowledged is to be sent again; how many frames that is. */
  goBack(): number {
    const again = this.#next - this.#head;
    this.#next = this.#head;
    this.#inFlightBytes = 0;
    return again;
  }

  #compact(): void {
    if (this.#head < 1024 && this.#head < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#head);
    this.#next -= this.#head;
    this.#head = 0;
  }
}

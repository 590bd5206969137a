/** Kinds of frames on a lane. Everything from `FIRST_APPLICATION_FRAME` on belongs to whoever registers a handler. */
export const SIGNAL = 0;
/** A signal for another node on its way to the gateway, or from another node on its way to a scheduler. */
export const NODE_SIGNAL = 1;
/** Threads and nodes that come and go, stop: between the gateway and schedulers. */
export const CONTROL = 2;
export const FIRST_APPLICATION_FRAME = 16;

const HEADER = 8;

/** Collects frames of one loop turn: `u32 length, u32 kind, payload`, payloads padded to 4 bytes. */
export class FrameWriter {
  #buffer = Buffer.allocUnsafeSlow(1 << 14);
  #used = 0;
  #start = 0;

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  get bytes(): number {
    return this.#used;
  }

  write(kind: number, payload: Uint8Array): void {
    this.begin(kind, payload.length);
    this.#buffer.set(payload, this.#used);
    this.#used += payload.length;
    this.end();
  }

  /** Opens a frame with room for `bytes`; `end` closes it. In between use `uint32`, `text` and `raw`. */
  begin(kind: number, bytes: number): void {
    this.#reserve(HEADER + bytes + 4);
    this.#start = this.#used;
    this.#buffer.writeUInt32LE(kind, this.#used + 4);
    this.#used += HEADER;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#buffer.writeUInt32LE(value, this.#used);
    this.#used += 4;
  }

  /** A length and UTF-8 text. */
  text(value: string): void {
    this.#reserve(4 + value.length * 3);
    const length = this.#buffer.write(value, this.#used + 4, 'utf8');
    this.#buffer.writeUInt32LE(length, this.#used);
    this.#used += 4 + length;
  }

  /** A length and bytes. */
  raw(value: Uint8Array): void {
    this.#reserve(4 + value.length);
    this.#buffer.writeUInt32LE(value.length, this.#used);
    this.#buffer.set(value, this.#used + 4);
    this.#used += 4 + value.length;
  }

  end(): void {
    this.#buffer.writeUInt32LE(this.#used - this.#start - HEADER, this.#start);
    this.#reserve(4);
    while (this.#used % 4 !== 0) this.#buffer[this.#used++] = 0;
  }

  /** Gives up a frame that could not be finished. */
  undo(): void {
    this.#used = this.#start;
  }

  /** The batch, to be transferred; the writer starts anew. */
  take(): ArrayBuffer {
    const batch = new ArrayBuffer(this.#used);
    new Uint8Array(batch).set(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
    if (this.#buffer.length > 1 << 20) this.#buffer = Buffer.allocUnsafeSlow(1 << 14);
    return batch;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    let size = this.#buffer.length * 2;
    while (size < this.#used + bytes) size *= 2;
    const larger = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

/** Calls `visit` for each frame of a batch. The payload is a view of the batch. */
export function readFrames(batch: ArrayBuffer, visit: (kind: number, payload: Buffer) => void): void {
  const bytes = Buffer.from(batch);
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const kind = bytes.readUInt32LE(at + 4);
    const start = at + HEADER;
    visit(kind, bytes.subarray(start, start + length));
    at = (start + length + 3) & ~3;
  }
}

/** Reads what `uint32`, `text` and `raw` have written. */
export class FrameReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint32(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  text(): string {
    const length = this.uint32();
    const value = this.#bytes.toString('utf8', this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  raw(): Buffer {
    const length = this.uint32();
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }
}

/** Kinds of frames on a lane. Everything from `FIRST_APPLICATION_FRAME` on belongs to whoever registers a handler. */
export const SIGNAL = 0;
/** A signal for another node on its way to the gateway, or from another node on its way to a scheduler. */
export const NODE_SIGNAL = 1;
/** Threads and nodes that come and go, stop: between the gateway and schedulers. */
export const CONTROL = 2;
export const FIRST_APPLICATION_FRAME = 16;

const HEADER = 8;

/** Collects frames: `u32 length, u32 kind, payload`, payloads padded to 4 bytes. */
export class FrameWriter {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #read = 0;
  #used = 0;
  #start = 0;

  /** Bytes that wait to be taken: `buffer` from `read` on. */
  get bytes(): number {
    return this.#used - this.#read;
  }

  get buffer(): Uint8Array {
    return this.#buffer;
  }

  get read(): number {
    return this.#read;
  }

  /** So many bytes were taken. */
  advance(bytes: number): void {
    this.#read += bytes;
    if (this.#read === this.#used) this.clear();
  }

  clear(): void {
    this.#read = this.#used = 0;
    if (this.#buffer.length > MAX_KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  write(kind: number, payload: Uint8Array): void {
    this.writeRange(kind, payload, 0, payload.length);
  }

  /** A frame whose payload is `from[start, end)`. */
  writeRange(kind: number, from: Uint8Array, start: number, end: number): void {
    this.begin(kind, end - start);
    const to = this.#buffer;
    let used = this.#used;
    // A call to copy costs more than a few bytes.
    if (end - start <= SHORT) for (let i = start; i < end; i++) to[used++] = from[i] as number;
    else {
      to.set(from.subarray(start, end), used);
      used += end - start;
    }
    this.#used = used;
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

  /** Makes room; what was taken gives up its place first. */
  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    const waiting = this.#used - this.#read;
    let size = this.#buffer.length;
    while (size < waiting + bytes + 4 || size < waiting * 1.5) size *= 2;
    // Whole words are taken or left behind, so the padding stays what it was.
    const kept = this.#read & ~3;
    const buffer = size === this.#buffer.length ? this.#buffer : Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(buffer, 0, kept, this.#used);
    this.#buffer = buffer;
    this.#read -= kept;
    this.#used -= kept;
    this.#start -= kept;
    if (this.#used + bytes > size) this.#reserve(bytes);
  }
}

const INITIAL_BYTES = 1 << 14;
const MAX_KEPT_BYTES = 1 << 20;
const SHORT = 64;

/** Puts together again what arrives in pieces of any size. */
export class FrameReassembly {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  /** Bytes of the buffer that are filled, and those of them that were handed on. */
  #filled = 0;
  #taken = 0;

  /** Appends `count` bytes of the source. */
  fill(from: { read(to: Uint8Array, start: number, count: number): void }, count: number): void {
    const left = this.#filled - this.#taken;
    if (this.#filled + count > this.#buffer.length) {
      let size = INITIAL_BYTES;
      while (size < left + count) size *= 2;
      const buffer = size === this.#buffer.length ? this.#buffer : Buffer.allocUnsafeSlow(size);
      this.#buffer.copy(buffer, 0, this.#taken, this.#filled);
      this.#buffer = buffer;
      this.#taken = 0;
      this.#filled = left;
    }
    from.read(this.#buffer, this.#filled, count);
    this.#filled += count;
  }

  /** Hands on each complete frame. The payload is a view that is valid during the call only. */
  take(visit: (kind: number, payload: Buffer) => void): void {
    while (this.#filled - this.#taken >= HEADER) {
      const buffer = this.#buffer;
      const length = buffer.readUInt32LE(this.#taken);
      const start = this.#taken + HEADER;
      const end = (start + length + 3) & ~3;
      if (end > this.#filled) break;
      this.#taken = end;
      try {
        visit(buffer.readUInt32LE(start - 4), buffer.subarray(start, start + length));
      } catch (error) {
        // One frame that nobody understands takes no other along.
        setImmediate(() => {
          throw error;
        });
      }
    }
    if (this.#taken === this.#filled) this.#taken = this.#filled = 0;
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

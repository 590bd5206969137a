/** Kinds of frames on a lane. Everything from `FIRST_APPLICATION_FRAME` on belongs to whoever registers a handler. */
export const SIGNAL = 0;
/** A signal for another node on its way to the gateway, or from another node on its way to a scheduler. */
export const NODE_SIGNAL = 1;
/** Threads and nodes that come and go, stop: between the gateway and schedulers. */
export const CONTROL = 2;
/** A signal whose attachments come over the lane's port. */
export const SIGNAL_ATTACHED = 3;
/** A small plain message, and a field of such messages: `flat-messages.ts`. */
export const FLAT = 4;
export const FLAT_FIELD = 5;
export const FIRST_APPLICATION_FRAME = 16;

const HEADER = 8;

/** Takes frames as they arrive: the payload is `bytes[start, end)`, during the call only. */
export type FrameVisitor = (kind: number, bytes: Buffer, start: number, end: number) => void;

/** Memory for frames, which begin at whole words: numbers and short payloads are copied by words. */
class Memory {
  readonly bytes: Buffer;
  readonly words: Uint32Array;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.words = new Uint32Array(this.bytes.buffer);
  }
}

/** Collects frames: `u32 length, u32 kind, payload`, payloads padded to 4 bytes; numbers as the machine has them. */
export class FrameWriter {
  #memory = new Memory(INITIAL_BYTES);
  #read = 0;
  #used = 0;
  #start = 0;
  /** Read by words: `#from`, which is nearly always the same one. */
  #source: Uint32Array = new Uint32Array();
  #from: Uint8Array | null = null;

  /** Bytes that wait to be taken: `buffer` from `read` on. */
  get bytes(): number {
    return this.#used - this.#read;
  }

  get buffer(): Uint8Array {
    return this.#memory.bytes;
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
    if (this.#memory.bytes.length > MAX_KEPT_BYTES) this.#memory = new Memory(INITIAL_BYTES);
  }

  write(kind: number, payload: Uint8Array): void {
    this.begin(kind, payload.length);
    this.#memory.bytes.set(payload, this.#used);
    this.#used += payload.length;
    this.end();
  }

  /** A frame whose payload is `from[start, end)`, where `from` is a buffer of its own and `start` a whole word. */
  writePacked(kind: number, from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const padded = (length + 3) & ~3;
    if (this.#used + HEADER + padded > this.#memory.bytes.length) this.#reserve(HEADER + padded);
    const { words, bytes } = this.#memory;
    const at = this.#used >> 2;
    words[at] = length;
    words[at + 1] = kind;
    // A call to copy costs more than a few words.
    if (length <= SHORT) {
      if (this.#from !== from) {
        this.#from = from;
        this.#source = new Uint32Array(from.buffer, 0, from.buffer.byteLength >> 2);
      }
      const source = this.#source;
      const first = start >> 2;
      const count = padded >> 2;
      for (let i = 0; i < count; i++) words[at + 2 + i] = source[first + i] as number;
    } else bytes.set(from.subarray(start, end), this.#used + HEADER);
    this.#used += HEADER + padded;
  }

  /** Opens a frame with room for `bytes`; `end` closes it. In between use `uint32`, `text` and `raw`. */
  begin(kind: number, bytes: number): void {
    this.#reserve(HEADER + bytes + 4);
    this.#start = this.#used;
    this.#memory.words[(this.#used >> 2) + 1] = kind;
    this.#used += HEADER;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#memory.bytes.writeUInt32LE(value, this.#used);
    this.#used += 4;
  }

  /** A length and UTF-8 text. */
  text(value: string): void {
    this.#reserve(4 + value.length * 3);
    const length = this.#memory.bytes.write(value, this.#used + 4, 'utf8');
    this.#memory.bytes.writeUInt32LE(length, this.#used);
    this.#used += 4 + length;
  }

  /** A length and bytes. */
  raw(value: Uint8Array): void {
    this.#reserve(4 + value.length);
    this.#memory.bytes.writeUInt32LE(value.length, this.#used);
    this.#memory.bytes.set(value, this.#used + 4);
    this.#used += 4 + value.length;
  }

  end(): void {
    this.#memory.words[this.#start >> 2] = this.#used - this.#start - HEADER;
    this.#reserve(4);
    this.#used = (this.#used + 3) & ~3;
  }

  /** Makes room; what was taken gives up its place first. */
  #reserve(bytes: number): void {
    const { bytes: old } = this.#memory;
    if (this.#used + bytes <= old.length) return;
    const waiting = this.#used - this.#read;
    let size = old.length;
    while (size < waiting + bytes + 4 || size < waiting * 1.5) size *= 2;
    const kept = this.#read & ~3;
    if (size > old.length) this.#memory = new Memory(size);
    old.copy(this.#memory.bytes, 0, kept, this.#used);
    this.#read -= kept;
    this.#used -= kept;
    this.#start -= kept;
  }
}

const INITIAL_BYTES = 1 << 14;
const MAX_KEPT_BYTES = 1 << 20;
const SHORT = 128;

/** Puts together again what arrives in pieces of any size. */
export class FrameReassembly {
  #memory = new Memory(INITIAL_BYTES);
  /** Bytes of the buffer that are filled, and those of them that were handed on. */
  #filled = 0;
  #taken = 0;
  readonly #short = new Memory(SHORT);

  /** Appends `count` bytes of the source. */
  fill(from: { read(to: Uint8Array, start: number, count: number): void }, count: number): void {
    const left = this.#filled - this.#taken;
    const { bytes } = this.#memory;
    if (this.#filled + count > bytes.length) {
      let size = INITIAL_BYTES;
      while (size < left + count) size *= 2;
      if (size !== bytes.length) this.#memory = new Memory(size);
      bytes.copy(this.#memory.bytes, 0, this.#taken, this.#filled);
      this.#taken = 0;
      this.#filled = left;
    }
    from.read(this.#memory.bytes, this.#filled, count);
    this.#filled += count;
  }

  /** Hands on each complete frame. */
  take(visit: FrameVisitor): void {
    while (this.#filled - this.#taken >= HEADER) {
      const { bytes, words } = this.#memory;
      const at = this.#taken >> 2;
      const start = this.#taken + HEADER;
      const end = start + (words[at] as number);
      const next = (end + 3) & ~3;
      if (next > this.#filled) break;
      this.#taken = next;
      try {
        const kind = words[at + 1] as number;
        if (end - start > SHORT || kind === FLAT) visit(kind, bytes, start, end);
        else this.#visitShort(visit, words, at, end - start);
      } catch (error) {
        // One frame that nobody understands takes no other along.
        setImmediate(() => {
          throw error;
        });
      }
    }
    if (this.#taken === this.#filled) this.#taken = this.#filled = 0;
  }

  /** msgpackr remembers the keys of objects only in bytes that end before the 180th: what is short is moved to the front. */
  #visitShort(visit: FrameVisitor, words: Uint32Array, at: number, length: number): void {
    const short = this.#short;
    const count = (length + 3) >> 2;
    for (let i = 0; i < count; i++) short.words[i] = words[at + 2 + i] as number;
    visit(words[at + 1] as number, short.bytes, 0, length);
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

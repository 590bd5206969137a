// A ring of bytes in shared memory, one for each direction of a lane: one thread writes, one reads. Each publishes its own
// index after it has copied, so a thread that is terminated at any instruction leaves nothing half done: what it had not
// published does not exist.

/** Bytes on the way between two threads; what does not fit waits at the sender. */
export const RING_BYTES: number = 1 << 18;
const MASK = RING_BYTES - 1;

/** Indices grow without end and wrap at 2^32; each in a cache line of its own. */
const HEAD = 0;
const TAIL = 16;
/** 1: the writer has more than fits and wants to be woken. */
const WAITS = 32;
const HEADER_BYTES = 256;

export function ringMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + RING_BYTES);
}

export class RingWriter {
  readonly #state: Int32Array;
  readonly #bytes: Uint8Array;
  #tail = 0;
  #head = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  /** Copies as much of `from[start, end)` as fits and publishes it; returns how much that was. */
  write(from: Uint8Array, start: number, end: number): number {
    let room = RING_BYTES - ((this.#tail - this.#head) | 0);
    if (room < end - start) {
      this.#head = Atomics.load(this.#state, HEAD);
      room = RING_BYTES - ((this.#tail - this.#head) | 0);
    }
    const count = Math.min(room, end - start);
    if (count === 0) return 0;
    const at = this.#tail & MASK;
    const first = Math.min(count, RING_BYTES - at);
    this.#bytes.set(from.subarray(start, start + first), at);
    if (first < count) this.#bytes.set(from.subarray(start + first, start + count), 0);
    this.#tail = (this.#tail + count) | 0;
    Atomics.store(this.#state, TAIL, this.#tail);
    return count;
  }

  /** Asks the reader to wake the writer once there is room. False if there is room by now. */
  wait(): boolean {
    Atomics.store(this.#state, WAITS, 1);
    return Atomics.load(this.#state, HEAD) === this.#head;
  }

  /** How far the reader has come. */
  get progress(): number {
    return Atomics.load(this.#state, HEAD);
  }
}

export class RingReader {
  readonly #state: Int32Array;
  readonly #bytes: Uint8Array;
  #head = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  get available(): number {
    return (Atomics.load(this.#state, TAIL) - this.#head) | 0;
  }

  /** Copies `count` bytes, which have to be available, to `to` at `start`, and gives their room back. */
  read(to: Uint8Array, start: number, count: number): void {
    const at = this.#head & MASK;
    const first = Math.min(count, RING_BYTES - at);
    to.set(this.#bytes.subarray(at, at + first), start);
    if (first < count) to.set(this.#bytes.subarray(0, count - first), start + first);
    this.#head = (this.#head + count) | 0;
    Atomics.store(this.#state, HEAD, this.#head);
  }

  /** Whether the writer has asked to be woken; that is once. */
  takeWait(): boolean {
    return Atomics.load(this.#state, WAITS) === 1 && Atomics.compareExchange(this.#state, WAITS, 1, 0) === 1;
  }
}

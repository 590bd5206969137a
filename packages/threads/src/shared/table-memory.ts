// A table of bytes by key in shared memory. Only the gateway's thread writes, which is never terminated, so no change is left
// half done whatever happens to the others. Readers copy what they have found and look at the sequence number again: a change
// meanwhile makes them read once more.

const SEQUENCE = 0;
/** 1: the table has ended with its owner. */
const ENDED = 1;
const COUNT = 2;
const BUCKETS_AT = 3;
const MASK = 4;
const HEADER_WORDS = 8;
/** next, hash, version, length of the key, of the value, words of the whole record; then key and value, each to a whole word. */
const RECORD_WORDS = 6;
const FIRST_BUCKETS = 256;
const INITIAL_BYTES = 1 << 14;

export const DEFAULT_TABLE_BYTES: number = 64 * 2 ** 20;

export function tableMemory(maxBytes: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(Math.min(INITIAL_BYTES, maxBytes), { maxByteLength: maxBytes });
  const words = new Int32Array(memory);
  words[BUCKETS_AT] = HEADER_WORDS;
  words[MASK] = FIRST_BUCKETS - 1;
  return memory;
}

export interface Found {
  /** Never the same for two values. */
  readonly version: number;
  /** A copy. */
  readonly value: Buffer;
}

const encoder = new TextEncoder();

function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}

function wordsOf(bytes: number): number {
  return (bytes + 3) >> 2;
}

/** Reading, from any thread. */
export class TableReader {
  protected readonly words: Int32Array;
  protected readonly bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
  }

  get ended(): boolean {
    return Atomics.load(this.words, ENDED) === 1;
  }

  get count(): number {
    return Atomics.load(this.words, COUNT);
  }

  find(key: string): Found | undefined {
    const bytes = encoder.encode(key);
    const hash = hashOf(bytes);
    return this.#consistently(() => {
      const at = this.locate(bytes, hash);
      return at === 0 ? undefined : { version: this.words[at + 2] as number, value: this.#value(at) };
    });
  }

  /** The version of a key's value, 0 for none. */
  version(key: string): number {
    const bytes = encoder.encode(key);
    const hash = hashOf(bytes);
    return this.#consistently(() => {
      const at = this.locate(bytes, hash);
      return at === 0 ? 0 : (this.words[at + 2] as number);
    });
  }

  /** All entries whose key begins so, as they are at one moment. */
  select(prefix: string): [key: string, value: Buffer][] {
    return this.#consistently(() => {
      const found: [string, Buffer][] = [];
      const first = this.words[BUCKETS_AT] as number;
      const buckets = (this.words[MASK] as number) + 1;
      let steps = 0;
      for (let bucket = first; bucket < first + buckets; bucket++) {
        for (let at = this.words[bucket] as number; this.#within(at) && steps < MAX_STEPS; at = this.words[at] as number) {
          steps++;
          const start = (at + RECORD_WORDS) * 4;
          const key = Buffer.from(this.bytes.slice(start, start + (this.words[at + 3] as number))).toString();
          if (key.startsWith(prefix)) found.push([key, this.#value(at)]);
        }
      }
      return found;
    });
  }

  /** The record of a key, or 0. While the table is being changed it may be anything, but comes to an end. */
  protected locate(key: Uint8Array, hash: number): number {
    const { words, bytes } = this;
    let at = words[(words[BUCKETS_AT] as number) + (hash & (words[MASK] as number))] as number;
    for (let steps = 0; this.#within(at) && steps < MAX_STEPS; steps++) {
      if (words[at + 1] === hash && words[at + 3] === key.length && startsWith(bytes, (at + RECORD_WORDS) * 4, key)) return at;
      at = words[at] as number;
    }
    return 0;
  }

  #within(at: number): boolean {
    return at > 0 && at + RECORD_WORDS <= this.words.length;
  }

  #value(at: number): Buffer {
    const start = (at + RECORD_WORDS + wordsOf(this.words[at + 3] as number)) * 4;
    return Buffer.from(this.bytes.slice(start, start + (this.words[at + 4] as number)));
  }

  #consistently<T>(read: () => T): T {
    for (;;) {
      const before = Atomics.load(this.words, SEQUENCE);
      if ((before & 1) !== 0) continue;
      const result = read();
      if (Atomics.load(this.words, SEQUENCE) === before) return result;
    }
  }
}

const MAX_STEPS = 1 << 24;

function startsWith(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return false;
  return true;
}

/** The gateway's side. */
export class TableWriter extends TableReader {
  readonly memory: SharedArrayBuffer;
  /** Free records by their size in words. */
  readonly #free = new Map<number, number[]>();
  #top = HEADER_WORDS + FIRST_BUCKETS;
  #versions = 0;

  constructor(memory: SharedArrayBuffer) {
    super(memory);
    this.memory = memory;
  }

  /** False if it does not fit: the table is as it was. */
  put(key: string, value: Uint8Array): boolean {
    const name = encoder.encode(key);
    const hash = hashOf(name);
    const size = sizeClass(RECORD_WORDS + wordsOf(name.length) + wordsOf(value.length));
    const at = this.#allocate(size);
    if (at === 0) return false;
    // Nobody can see the record yet.
    this.words.set([0, hash, ++this.#versions, name.length, value.length, size], at);
    this.bytes.set(name, (at + RECORD_WORDS) * 4);
    this.bytes.set(value, (at + RECORD_WORDS + wordsOf(name.length)) * 4);
    const old = this.locate(name, hash);
    this.#change(() => {
      if (old !== 0) this.#unlink(old, hash);
      const bucket = this.#bucket(hash);
      this.words[at] = this.words[bucket] as number;
      this.words[bucket] = at;
      if (old === 0) this.words[COUNT] = (this.words[COUNT] as number) + 1;
    });
    if (old !== 0) this.#release(old);
    if ((this.words[COUNT] as number) > 2 * ((this.words[MASK] as number) + 1)) this.#spread();
    return true;
  }

  /** Whether the key was there. */
  remove(key: string): boolean {
    const name = encoder.encode(key);
    const hash = hashOf(name);
    const at = this.locate(name, hash);
    if (at === 0) return false;
    this.#change(() => {
      this.#unlink(at, hash);
      this.words[COUNT] = (this.words[COUNT] as number) - 1;
    });
    this.#release(at);
    return true;
  }

  end(): void {
    Atomics.store(this.words, ENDED, 1);
  }

  #bucket(hash: number): number {
    return (this.words[BUCKETS_AT] as number) + (hash & (this.words[MASK] as number));
  }

  #unlink(at: number, hash: number): void {
    let before = this.#bucket(hash);
    while (this.words[before] !== at) before = this.words[before] as number;
    this.words[before] = this.words[at] as number;
  }

  /** Twice as many buckets, so that chains stay short; readers wait for it. */
  #spread(): void {
    const { words } = this;
    const [oldAt, oldMask] = [words[BUCKETS_AT] as number, words[MASK] as number];
    const size = 2 * (oldMask + 1);
    const at = this.#allocate(size);
    if (at === 0) return;
    this.#change(() => {
      words.fill(0, at, at + size);
      for (let bucket = oldAt; bucket <= oldAt + oldMask; bucket++) {
        for (let record = words[bucket] as number; record !== 0; ) {
          const next = words[record] as number;
          const to = at + ((words[record + 1] as number) & (size - 1));
          words[record] = words[to] as number;
          words[to] = record;
          record = next;
        }
      }
      words[BUCKETS_AT] = at;
      words[MASK] = size - 1;
    });
    this.#keepFree(oldAt, oldMask + 1);
  }

  #change(change: () => void): void {
    Atomics.add(this.words, SEQUENCE, 1);
    change();
    Atomics.add(this.words, SEQUENCE, 1);
  }

  #release(at: number): void {
    this.#keepFree(at, this.words[at + 5] as number);
  }

  #keepFree(at: number, size: number): void {
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [at]);
    else free.push(at);
  }

  #allocate(size: number): number {
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) return reused;
    const end = (this.#top + size) * 4;
    if (end > this.memory.maxByteLength) return 0;
    if (end > this.memory.byteLength) {
      let bytes = this.memory.byteLength;
      while (bytes < end) bytes *= 2;
      this.memory.grow(Math.min(bytes, this.memory.maxByteLength));
    }
    const at = this.#top;
    this.#top += size;
    return at;
  }
}

/** Sizes in steps of a quarter, so that a freed record fits many that come after it. */
function sizeClass(words: number): number {
  const step = Math.max(4, 2 ** (30 - Math.clz32(words)) / 2);
  return Math.ceil(words / step) * step;
}

import type { Pid } from '@rekindle/kernel';
import type { NameTable } from '@rekindle/kernel/internal';
import { isWellFormed, type Kernel, ProcessId } from '@rekindle/kernel/internal';

// Names of a node, for all its threads. The gateway is the only writer; it is never terminated, so no write is left half
// done. Other threads read the shared memory (a sequence number tells them when to read again) and ask the gateway, waiting,
// to write. A look-up costs no message, and what one thread has registered every other sees at once.

const BUCKETS = 1 << 14;
const SEQUENCE = 0;
const HEADER_WORDS = 4;
/** next, hash, thread, slot, generation, length of the name; then its bytes. */
const RECORD_WORDS = 6;
const INITIAL_BYTES = 1 << 20;
const MAX_BYTES = 1 << 28;

export function sharedNamesMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(INITIAL_BYTES, { maxByteLength: MAX_BYTES });
}

interface Holder {
  readonly thread: number;
  readonly slot: number;
  readonly generation: number;
}

const encoder = new TextEncoder();

function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** Reading, from any thread. */
class NameReader {
  protected readonly words: Int32Array;
  protected readonly bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.bytes = new Uint8Array(memory);
  }

  find(name: string): Holder | undefined {
    if (!isWellFormed(name)) return undefined;
    const key = encoder.encode(name);
    const hash = hashOf(key);
    for (;;) {
      const before = Atomics.load(this.words, SEQUENCE);
      const found = (before & 1) === 0 ? this.#walk(key, hash) : undefined;
      if ((before & 1) === 0 && Atomics.load(this.words, SEQUENCE) === before) return found;
    }
  }

  #walk(key: Uint8Array, hash: number): Holder | undefined {
    const { words, bytes } = this;
    let at = words[HEADER_WORDS + (hash & (BUCKETS - 1))] as number;
    // A chain that is being changed may lead anywhere; it is walked again then, but never for ever.
    for (let steps = 0; at !== 0 && at + RECORD_WORDS <= words.length && steps < 1 << 20; steps++) {
      if (words[at + 1] === hash && words[at + 5] === key.length && startsWith(bytes, (at + RECORD_WORDS) * 4, key)) {
        return { thread: words[at + 2] as number, slot: words[at + 3] as number, generation: words[at + 4] as number };
      }
      at = words[at] as number;
    }
    return undefined;
  }
}

function startsWith(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return false;
  return true;
}

/** The gateway's table: the only writer of the shared memory. */
export class NameOwner extends NameReader implements NameTable {
  readonly #kernel: Kernel;
  readonly #memory: SharedArrayBuffer;
  readonly #records = new Map<string, { at: number; holder: Holder }>();
  /** Free records by their size in words. */
  readonly #free = new Map<number, number[]>();
  #top = HEADER_WORDS + BUCKETS;

  constructor(kernel: Kernel, memory: SharedArrayBuffer) {
    super(memory);
    this.#kernel = kernel;
    this.#memory = memory;
  }

  register(name: string, pid: Pid): Pid | undefined {
    const holder = this.claim(name, holderOf(pid));
    return holder === undefined ? undefined : pidOf(this.#kernel, holder);
  }

  unregister(name: string, pid: Pid): void {
    this.release(name, holderOf(pid));
  }

  whereis(name: string): Pid | undefined {
    const record = this.#records.get(name);
    return record === undefined ? undefined : pidOf(this.#kernel, record.holder);
  }

  names(): string[] {
    return [...this.#records.keys()];
  }

  /** Who has the name already, or undefined: it is `holder`'s now. */
  claim(name: string, holder: Holder): Holder | undefined {
    const known = this.#records.get(name);
    if (known !== undefined) return known.holder;
    const key = encoder.encode(name);
    const hash = hashOf(key);
    const at = this.#allocate(wordsFor(key.length));
    const bucket = HEADER_WORDS + (hash & (BUCKETS - 1));
    this.#write(() => {
      this.words.set([this.words[bucket] as number, hash, holder.thread, holder.slot, holder.generation, key.length], at);
      this.bytes.set(key, (at + RECORD_WORDS) * 4);
      this.words[bucket] = at;
    });
    this.#records.set(name, { at, holder });
    return undefined;
  }

  release(name: string, holder: Holder): void {
    const record = this.#records.get(name);
    if (record === undefined || !sameHolder(record.holder, holder)) return;
    this.#records.delete(name);
    const { at } = record;
    const hash = this.words[at + 1] as number;
    this.#write(() => {
      let before = HEADER_WORDS + (hash & (BUCKETS - 1));
      while (this.words[before] !== at) before = this.words[before] as number;
      this.words[before] = this.words[at] as number;
    });
    const size = wordsFor(this.words[at + 5] as number);
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [at]);
    else free.push(at);
  }

  /** A thread has ended: its processes' names are free. */
  releaseThread(thread: number): void {
    for (const [name, { holder }] of this.#records) if (holder.thread === thread) this.release(name, holder);
  }

  #write(change: () => void): void {
    Atomics.add(this.words, SEQUENCE, 1);
    change();
    Atomics.add(this.words, SEQUENCE, 1);
  }

  #allocate(size: number): number {
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) return reused;
    const at = this.#top;
    this.#top += size;
    if (this.#top * 4 > this.#memory.byteLength) this.#memory.grow(Math.min(MAX_BYTES, this.#memory.byteLength * 2));
    return at;
  }
}

function wordsFor(keyBytes: number): number {
  return RECORD_WORDS + Math.ceil(keyBytes / 4);
}

function sameHolder(a: Holder, b: Holder): boolean {
  return a.thread === b.thread && a.slot === b.slot && a.generation === b.generation;
}

function holderOf(pid: Pid): Holder {
  const { at, slot, generation } = pid as ProcessId;
  return { thread: at.thread, slot, generation };
}

function pidOf(kernel: Kernel, { thread, slot, generation }: Holder): ProcessId {
  const { node, incarnation } = kernel.here;
  return kernel.pid(kernel.address(node, incarnation, thread), ProcessId.serialOf(slot, generation));
}

// ---------------------------------------------------------------- other threads

/** Where a scheduler finds the gateway's answer: state, result, then the holder. */
export const ANSWER_WORDS = 8;
const STATE = 0;
const WAITING = 1;
const ANSWERED = 2;
const RESULT = 1;

export type NameRequest = readonly [operation: 'claim' | 'release', name: string, thread: number, slot: number, generation: number];

/** Answers a scheduler's request. Runs on the gateway. */
export function answerNameRequest(owner: NameOwner, answer: Int32Array, [operation, name, thread, slot, generation]: NameRequest): void {
  const holder = { thread, slot, generation };
  let known: Holder | undefined;
  if (operation === 'claim') known = owner.claim(name, holder);
  else owner.release(name, holder);
  answer[RESULT] = known === undefined ? 0 : 1;
  if (known !== undefined) answer.set([known.thread, known.slot, known.generation], RESULT + 1);
  Atomics.store(answer, STATE, ANSWERED);
  Atomics.notify(answer, STATE);
}

/** A scheduler's view of the table: reads shared memory, has the gateway write. */
export class SharedNames implements NameTable {
  readonly #kernel: Kernel;
  readonly #reader: NameReader;
  readonly #answer: Int32Array;
  readonly #ask: (request: NameRequest) => void;
  readonly #own = new Set<string>();

  constructor(kernel: Kernel, memory: SharedArrayBuffer, answer: Int32Array, ask: (request: NameRequest) => void) {
    this.#kernel = kernel;
    this.#reader = new NameReader(memory);
    this.#answer = answer;
    this.#ask = ask;
  }

  register(name: string, pid: Pid): Pid | undefined {
    const holder = this.#request('claim', name, pid);
    if (holder === undefined) this.#own.add(name);
    return holder === undefined ? undefined : pidOf(this.#kernel, holder);
  }

  unregister(name: string, pid: Pid): void {
    this.#own.delete(name);
    this.#request('release', name, pid);
  }

  whereis(name: string): Pid | undefined {
    const holder = this.#reader.find(name);
    return holder === undefined ? undefined : pidOf(this.#kernel, holder);
  }

  /** Those of this thread. */
  names(): string[] {
    return [...this.#own];
  }

  /** Blocks this thread until the gateway has written: tens of microseconds while it is not busy. */
  #request(operation: 'claim' | 'release', name: string, pid: Pid): Holder | undefined {
    const answer = this.#answer;
    const { thread, slot, generation } = holderOf(pid);
    Atomics.store(answer, STATE, WAITING);
    this.#ask([operation, name, thread, slot, generation]);
    while (Atomics.load(answer, STATE) === WAITING) Atomics.wait(answer, STATE, WAITING);
    if (answer[RESULT] === 0) return undefined;
    return { thread: answer[RESULT + 1] as number, slot: answer[RESULT + 2] as number, generation: answer[RESULT + 3] as number };
  }
}

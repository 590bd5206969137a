// Each thread has a bell: one word in shared memory that says whether somebody has written to one of its lanes, and whether
// the thread has gone to sleep in its event loop and has to be woken by a message to a port.

const QUIET = 0;
const ASLEEP = 1;
const RUNG = 2;
/** The second word: the thread's load. */
const LOAD = 1;

export function bellMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(8);
}

/** Another thread's bell. */
export class Bell {
  readonly #word: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory);
  }

  /** How many processes the thread has; those that were placed there since it has last told are among them. */
  get load(): number {
    return Atomics.load(this.#word, LOAD);
  }

  placed(): void {
    Atomics.add(this.#word, LOAD, 1);
  }

  /** True if the thread sleeps and the caller is the one to wake it. */
  ring(): boolean {
    return Atomics.exchange(this.#word, 0, RUNG) === ASLEEP;
  }
}

/** The thread's own bell. */
export class OwnBell {
  readonly memory: SharedArrayBuffer;
  readonly #word: Int32Array;

  constructor(memory: SharedArrayBuffer = bellMemory()) {
    this.memory = memory;
    this.#word = new Int32Array(memory);
  }

  set load(processes: number) {
    Atomics.store(this.#word, LOAD, processes);
  }

  get load(): number {
    return Atomics.load(this.#word, LOAD);
  }

  get rung(): boolean {
    return Atomics.load(this.#word, 0) === RUNG;
  }

  /** To be called before looking at the lanes: whoever writes from here on rings again. */
  quiet(): void {
    Atomics.store(this.#word, 0, QUIET);
  }

  /** False if somebody has rung since `quiet`. */
  sleep(): boolean {
    return Atomics.compareExchange(this.#word, 0, QUIET, ASLEEP) !== RUNG;
  }
}

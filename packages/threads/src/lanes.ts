import type { OwnBell } from './bell.js';
import type { Lane } from './lane.js';

/** Read from one lane before the next one has its turn, and before processes that are due run. */
const SHARE_BYTES = 1 << 16;

/**
 * Reads the lanes of one thread: woken by the bell when it was asleep, from the event loop while it is busy, and between the
 * slices of a turn, so that a message need not wait for the turn's end.
 */
export class Lanes {
  readonly #bell: OwnBell;
  readonly #lanes: () => Iterable<Lane>;
  readonly #busy: () => boolean;
  #scheduled = false;
  readonly #run = (): void => this.#pump();

  /** `busy`: whether the thread has something to do, and need not go to sleep. */
  constructor(bell: OwnBell, lanes: () => Iterable<Lane>, busy: () => boolean) {
    this.#bell = bell;
    this.#lanes = lanes;
    this.#busy = busy;
  }

  /** To be called when a lane was added, or when somebody may have written. */
  woken(): void {
    if (this.#scheduled) return;
    this.#read();
    this.#next();
  }

  /** Between two slices of a turn. */
  readonly look = (): void => {
    for (const lane of this.#lanes()) if (lane.backlog) lane.flush();
    if (!this.#bell.rung) return;
    this.#read();
    this.#schedule();
  };

  #pump(): void {
    this.#scheduled = false;
    this.#read();
    this.#next();
  }

  /** Reads on in the event loop's next round, or goes to sleep. */
  #next(): void {
    if (this.#more || this.#busy() || !this.#bell.sleep()) this.#schedule();
  }

  #more = false;

  #read(): void {
    this.#bell.quiet();
    this.#more = false;
    for (const lane of this.#lanes()) {
      if (lane.backlog) lane.flush();
      if (lane.drain(SHARE_BYTES)) this.#more = true;
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#run);
  }
}

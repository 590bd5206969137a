import type { Between } from '@rekindle/kernel/internal';
import type { OwnBell } from './bell.js';
import type { Lane } from './lane.js';
import type { Lookout } from './lookout.js';

/** Read from one lane before the next one has its turn, and before processes that are due run. */
const SHARE_BYTES = 1 << 16;
const GATEWAY = 0;

/**
 * Reads the lanes of one thread: woken by the bell when it was asleep, from the event loop while it is busy, and between the
 * slices of a turn, so that a message need not wait for the turn's end.
 */
export class Lanes implements Between {
  readonly #bell: OwnBell;
  readonly #lanes: () => Iterable<Lane>;
  readonly #busy: () => boolean;
  readonly #lookout: Lookout | null;
  #scheduled = false;
  readonly #run = (): void => this.#pump();
  readonly #rung = (): boolean => this.#bell.rung;

  /** `busy`: whether the thread has something to do, and need not go to sleep. Without a `lookout` it sleeps at once. */
  constructor(bell: OwnBell, lanes: () => Iterable<Lane>, busy: () => boolean, lookout: Lookout | null = null) {
    this.#bell = bell;
    this.#lanes = lanes;
    this.#busy = busy;
    this.#lookout = lookout;
  }

  /** To be called when a lane was added, or when somebody may have written. */
  woken(): void {
    if (this.#scheduled) return;
    const byScheduler = this.#read();
    this.#lookout?.wakes(byScheduler);
    this.#next();
  }

  /** What is for the gateway goes out in larger pieces than what other schedulers may be waiting for. */
  glance(): void {
    for (const lane of this.#lanes()) if (lane.backlog && lane.thread !== GATEWAY) lane.flush();
    this.#readIfRung();
  }

  look(): void {
    for (const lane of this.#lanes()) if (lane.backlog) lane.flush();
    this.#readIfRung();
  }

  #readIfRung(): void {
    if (!this.#bell.rung) return;
    this.#read();
    this.#schedule();
  }

  #pump(): void {
    this.#scheduled = false;
    this.#read();
    this.#next();
  }

  /** Reads on in the event loop's next round, or goes to sleep. */
  #next(): void {
    if (this.#more || this.#busy() || !this.#rest()) this.#schedule();
  }

  /** True if the thread may sleep; before that it may look out for an answer, and find it. */
  #rest(): boolean {
    const lookout = this.#spoken() ? this.#lookout : null;
    if (lookout === null) return this.#bell.sleep();
    if (!lookout.useful) {
      if (!this.#bell.sleep()) return false;
      lookout.sleeps();
      return true;
    }
    if (!lookout.looksOut(this.#rung)) return this.#bell.sleep();
    this.#read();
    return false;
  }

  /** Whether the thread has sent other schedulers something since it was asked last. */
  #spoken(): boolean {
    let spoken = false;
    for (const lane of this.#lanes()) {
      if (lane.spoken && lane.thread !== GATEWAY) spoken = true;
      lane.spoken = false;
    }
    return spoken;
  }

  #more = false;

  /** True if another scheduler had sent something. */
  #read(): boolean {
    this.#bell.quiet();
    this.#more = false;
    let byScheduler = false;
    for (const lane of this.#lanes()) {
      if (lane.backlog) lane.flush();
      if (lane.thread !== GATEWAY && lane.arrived) byScheduler = true;
      if (lane.drain(SHARE_BYTES)) this.#more = true;
    }
    return byScheduler;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#run);
  }
}

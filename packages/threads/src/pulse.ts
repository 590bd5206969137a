import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';

/** How often the event loop of a scheduler that works raises its count. */
export const PULSE_MS = 50;
/** And that of one that rests, at most. */
export const REST_MS = 500;
/** How often the gateway looks at the counts. */
export const WATCH_MS = 50;
/** How often a scheduler looks at a heap that fills. */
export const CLOSE_LOOK_MS = 5;

/** A thread rests when its event loop has been busy for no more than this share of the time ... */
const CALM = 0.2;
/** ... for so many pulses. */
const CALM_PULSES = 20;

const COUNT = 0;
const RESTS = 1;

export function pulseMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(8);
}

/**
 * A scheduler's own pulse: its event loop raises a count, and does with it what has to be done now and then. While there is
 * little to do it does so rarely: waking up is most of what an idle thread costs, and a loop that waits is seen to wait
 * from outside.
 */
export class Pulse {
  readonly #words: Int32Array;
  readonly #restMs: number;
  readonly #beat: () => void;
  #timer: NodeJS.Timeout;
  #calm = 0;
  #last: EventLoopUtilization = performance.eventLoopUtilization();
  readonly #run = (): void => this.#pulse();

  constructor(memory: SharedArrayBuffer, restMs: number, beat: () => void) {
    this.#words = new Int32Array(memory);
    this.#restMs = restMs;
    this.#beat = beat;
    this.#timer = setInterval(this.#run, PULSE_MS).unref();
  }

  /** The gateway has seen that the thread works. */
  hurry(): void {
    if (Atomics.load(this.#words, RESTS) === 0) return;
    this.#every(PULSE_MS, 0);
    this.#pulse();
  }

  #pulse(): void {
    Atomics.add(this.#words, COUNT, 1);
    this.#beat();
    if (Atomics.load(this.#words, RESTS) === 1) return;
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    this.#calm = utilization <= CALM ? this.#calm + 1 : 0;
    if (this.#calm >= CALM_PULSES && this.#restMs > PULSE_MS) this.#every(this.#restMs, 1);
  }

  #every(ms: number, rests: 0 | 1): void {
    this.#calm = 0;
    Atomics.store(this.#words, RESTS, rests);
    clearInterval(this.#timer);
    this.#timer = setInterval(this.#run, ms).unref();
  }
}

/** A scheduler's pulse as the gateway sees it. */
export class ForeignPulse {
  readonly #words: Int32Array;
  readonly #idleMs: () => number;
  #idleBefore = 0;
  #lookedAt = 0;

  /** `idleMs`: for how long the thread's event loop has waited for something to do, in all. It grows while it waits. */
  constructor(memory: SharedArrayBuffer, idleMs: () => number) {
    this.#words = new Int32Array(memory);
    this.#idleMs = idleMs;
  }

  /** Changes as long as the thread lives: its loop turns, or waits. */
  get sign(): number {
    return Atomics.load(this.#words, COUNT) + this.#idleMs();
  }

  /** Whether the thread, although it rests, has worked since the last look. */
  worksResting(now: number): boolean {
    const idle = this.#idleMs();
    const busy = now - this.#lookedAt - (idle - this.#idleBefore);
    const works = Atomics.load(this.#words, RESTS) === 1 && busy > CALM * (now - this.#lookedAt);
    this.#idleBefore = idle;
    this.#lookedAt = now;
    return works;
  }
}

import type { Host } from '@rekindle/kernel/internal';
import type { Random } from './random.js';

interface HostTimer {
  readonly at: number;
  readonly fire: () => void;
}

/** One simulated thread's time and turns: it collects what the kernel wants to be done, and the simulation does it. */
export class SimHost implements Host {
  readonly #clock: { readonly now: number };
  readonly #random: Random;
  readonly #microtasks: (() => void)[] = [];
  readonly #macrotasks: (() => void)[] = [];
  #timer: HostTimer | null = null;

  constructor(clock: { readonly now: number }, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  now(): number {
    return this.#clock.now;
  }
  wallTime(): number {
    return this.#clock.now;
  }
  microtask(fn: () => void): void {
    this.#microtasks.push(fn);
  }
  macrotask(fn: () => void): void {
    this.#macrotasks.push(fn);
  }
  setTimer(fn: () => void, delayMs: number): unknown {
    this.#timer = { at: this.#clock.now + delayMs, fire: fn };
    return this.#timer;
  }
  clearTimer(handle: unknown): void {
    if (this.#timer === handle) this.#timer = null;
  }
  random(): number {
    return this.#random.next();
  }

  /** The next piece of work, microtasks first. */
  get task(): (() => void) | undefined {
    return this.#microtasks[0] ?? this.#macrotasks[0];
  }

  runTask(): void {
    (this.#microtasks.shift() ?? this.#macrotasks.shift())?.();
  }

  get timerDue(): number {
    return this.#timer?.at ?? Number.POSITIVE_INFINITY;
  }

  fireTimer(): void {
    const timer = this.#timer;
    this.#timer = null;
    timer?.fire();
  }
}

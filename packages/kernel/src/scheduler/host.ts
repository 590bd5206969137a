/**
 * What a kernel needs from its surroundings: time and turns. Production uses `nodeHost`, the simulator a seeded one with
 * virtual time; the kernel itself touches no clock, timer or event loop.
 */
export interface Host {
  /** Milliseconds on a monotonic clock, fractions allowed. */
  now(): number;
  /** Milliseconds since 1970, for people; no decision depends on it. */
  wallTime(): number;
  /** Runs `fn` after the current stretch of JavaScript, before I/O. */
  microtask(fn: () => void): void;
  /** Runs `fn` once I/O had its turn. */
  macrotask(fn: () => void): void;
  /** Runs `fn` in about `delayMs`; one at a time per kernel. */
  setTimer(fn: () => void, delayMs: number): unknown;
  clearTimer(handle: unknown): void;
  /** Uniform in [0, 1). */
  random(): number;
}

const resolved = Promise.resolve();
// Looked up once: the global is a getter.
const clock = performance;

export const nodeHost: Host = {
  now: () => clock.now(),
  wallTime: () => Date.now(),
  // A reaction of a resolved promise costs a third of queueMicrotask, which allocates an AsyncResource per call.
  microtask: (fn) => void resolved.then(fn),
  macrotask: (fn) => void setImmediate(fn),
  setTimer: (fn, delayMs) => setTimeout(fn, delayMs),
  clearTimer: (handle) => clearTimeout(handle as NodeJS.Timeout),
  random: Math.random,
};

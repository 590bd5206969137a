import { addBusyTime, measuring } from '../process/busy-time.js';
import { setCurrent } from '../process/current.js';
import { BUSY, DEAD, HELD, PARKED, QUEUED, SIGNALLED, SUSPENDED, WAKE } from '../process/flags.js';
import { take } from '../process/mailbox.js';
import { observing } from '../process/observing.js';
import { EMPTY, type Proc } from '../process/proc.js';
import { applySignals } from '../process/signals.js';
import { asNobody, origins } from '../process/strays.js';
import type { Timer } from '../timers/timer.js';
import type { TimerWheel } from '../timers/wheel.js';
import type { Host } from './host.js';
import type { RunQueue } from './run-queue.js';

// Folded into the code, as imported constants are not (see `flags.ts`).
const NOTHING = EMPTY;
/** Its turn is passed over. */
const PASSED = DEAD | HELD;
/** It gets no further message in this slice. */
const BROKEN_OFF = DEAD | SUSPENDED | SIGNALLED | HELD;
const TO_WAKE = WAKE;
const WAITING = QUEUED;
const RUNNING = BUSY;
const HAS_SIGNALS = SIGNALLED;
/** It goes on when something else happens. */
const STOPPED = DEAD | SUSPENDED;

/** How work is cut into pieces. */
export interface Pace {
  /** After this much work a turn gives way to I/O. */
  readonly turnMs: number;
  /** Messages one process handles before the next process runs. */
  readonly slice: number;
  /** Messages between two looks at the clock, to begin with: fewer when handlers are slow. */
  readonly stride: number;
  /** After so many microtasks of a turn the clock is looked at, however few messages they had: handlers may go on after an `await`. */
  readonly microtasks: number;
}

/** What must not wait for the end of a turn. */
export interface Between {
  /** Called after every few messages: has to cost next to nothing when there is nothing to do. */
  glance(): void;
  /** Called after each look at the clock. */
  look(): void;
}

/** Messages between two glances. */
const GLANCE = 16;

export const PACE: Pace = { turnMs: 1, slice: 64, stride: 64, microtasks: 8 };

/**
 * The scheduler of one thread. Work starts in a microtask, so a message sent from a callback is handled before the event
 * loop goes on; a turn that has used up its time continues in a macrotask, after I/O.
 */
export class Turns {
  readonly #host: Host;
  readonly #timers: TimerWheel;
  readonly #queue: RunQueue;
  #armed = false;
  /** A turn is under way: when it began; microtasks add to it until the next macrotask. */
  #began = -1;
  #exhausted = false;
  readonly #turnMs: number;
  /** Messages one process handles before the next process runs. */
  readonly slice: number;
  readonly #perLook: number;
  #stride: number;
  /** Of these, still to be handled before the next look; the last one. They go on through all microtasks of a turn. */
  #left = 0;
  #checked = 0;
  #microtasks = 0;
  #afterTurn: (() => void)[] = [];
  between: Between | null = null;

  readonly #run = (): void => this.#begin();
  readonly #runAfterIo = (): void => {
    this.#close();
    this.#begin();
  };
  readonly #endTurn = (): void => {
    this.#close();
    this.#timers.relax();
  };

  constructor(host: Host, timers: TimerWheel, queue: RunQueue, { turnMs, slice, stride, microtasks }: Pace) {
    this.#perLook = microtasks;
    this.#turnMs = turnMs;
    this.slice = slice;
    this.#stride = stride;
    this.#host = host;
    this.#timers = timers;
    this.#queue = queue;
  }

  /** When the running turn looked at the clock last: a clock that costs nothing, at most about a millisecond behind. */
  get now(): number {
    return this.#checked;
  }

  get idle(): boolean {
    return this.#queue.size === 0;
  }

  add(proc: Proc): void {
    this.#queue.push(proc);
    if (!this.#armed) this.#arm();
  }

  addNew(proc: Proc): void {
    this.#queue.pushNew(proc);
    if (!this.#armed) this.#arm();
  }

  #arm(): void {
    this.#armed = true;
    if (this.#exhausted) this.#host.macrotask(this.#runAfterIo);
    else this.#host.microtask(this.#run);
  }

  /** Runs `fn` once at the end of the current or next turn: the place to flush what the turn has collected. */
  afterTurn(fn: () => void): void {
    this.#afterTurn.push(fn);
    if (this.#armed) return;
    this.#armed = true;
    this.#host.microtask(this.#run);
  }

  /**
   * Starts a timer; what is started during a turn, when the turn ends. Nearly every call is answered before that, and then
   * its timer has cost next to nothing.
   */
  startTimer(timer: Timer, delayMs: number): void {
    if (this.#began < 0) this.#timers.start(timer, delayMs);
    else this.#timers.startLater(timer, delayMs);
  }

  #close(): void {
    this.#began = -1;
    this.#exhausted = false;
    this.#timers.arm();
  }

  /** Whoever has made the first process of the turn runnable has nothing to do with the others. */
  #begin(): void {
    if (observing) asNobody(() => this.#turn());
    else this.#turn();
  }

  #turn(): void {
    const queue = this.#queue;
    const host = this.#host;
    const turnMs = this.#turnMs;
    const { slice } = this;
    if (this.#began < 0) {
      this.#began = this.#checked = host.now();
      this.#left = this.#stride;
      host.macrotask(this.#endTurn);
    } else if (++this.#microtasks % this.#perLook === 0 && host.now() - this.#began >= turnMs) {
      this.#exhausted = true;
      queue.endTurn();
      host.macrotask(this.#runAfterIo);
      return;
    }
    let left = this.#left;
    for (;;) {
      const { between } = this;
      const share = between === null ? left : Math.min(left, GLANCE);
      const over = runSlices(queue, slice, share);
      left -= share - over;
      if (over > 0) break;
      if (left <= 0) {
        left = this.#look();
        if (this.#checked - this.#began >= turnMs) break;
      } else between?.glance();
    }
    this.#left = left;
    if (this.#afterTurn.length > 0) this.#flush();
    // What the flush itself has put off belongs to the next turn, for which nothing else may ask.
    if (queue.size === 0 && this.#afterTurn.length === 0) {
      this.#armed = false;
      return;
    }
    this.#exhausted = true;
    queue.endTurn();
    host.macrotask(this.#runAfterIo);
  }

  /** A look at the clock; the number of messages until the next one. */
  #look(): number {
    const now = this.#host.now();
    const since = now - this.#checked;
    if (since > this.#turnMs / 4) this.#stride = Math.max(1, this.#stride >> 2);
    else if (since < this.#turnMs / 16) this.#stride = Math.min(256, this.#stride << 1);
    this.#checked = now;
    this.between?.look();
    return this.#stride;
  }

  #flush(): void {
    const work = this.#afterTurn;
    this.#afterTurn = [];
    for (const fn of work) fn();
  }
}

/** Lets processes run until `left` messages are handled or all is done; how many of them were not needed. */
function runSlices(queue: RunQueue, slice: number, left: number): number {
  let rest = left;
  while (rest > 0 && queue.size > 0) {
    const proc = queue.shift();
    const { flags } = proc;
    if ((flags & PASSED) !== 0) proc.flags = flags | PARKED;
    else {
      proc.flags = (flags & ~WAITING) | RUNNING;
      rest -= observing ? runObserved(proc, slice) : runSlice(proc, slice);
    }
  }
  return rest;
}

function runObserved(proc: Proc, slice: number): number {
  const since = measuring ? proc.kernel.host.now() : 0;
  const handled = origins === null ? runSlice(proc, slice) : origins.run(proc, runSlice, proc, slice);
  if (measuring) addBusyTime(proc, since);
  return handled;
}

/** One process's share of a turn; the number of messages it handled, at least 1. */
function runSlice(proc: Proc, slice: number): number {
  const { behaviour } = proc;
  let handled = 0;
  let message: unknown = NOTHING;
  setCurrent(proc);
  try {
    do {
      handled++;
      if ((proc.flags & TO_WAKE) !== 0) {
        proc.flags &= ~TO_WAKE;
        message = NOTHING;
        behaviour.wake(proc);
      } else {
        message = take(proc);
        if (message === NOTHING) break;
        behaviour.handle(proc, message);
      }
    } while (handled < slice && (proc.flags & BROKEN_OFF) === 0 && (proc.first !== NOTHING || (proc.flags & TO_WAKE) !== 0));
  } catch (thrown) {
    if ((proc.flags & DEAD) === 0) proc.more().failedOn = message;
    behaviour.fail(proc, thrown);
  }
  proc.handled += handled;
  setCurrent(null);
  endStretch(proc);
  return handled;
}

/** A process leaves its handler, or a stretch of it: signals that waited take effect, and it is runnable again if it has work. */
export function endStretch(proc: Proc): void {
  if ((proc.flags & HAS_SIGNALS) !== 0) applySignals(proc);
  const { flags } = proc;
  if ((flags & STOPPED) !== 0) return;
  if ((proc.first === NOTHING && (flags & TO_WAKE) === 0) || (flags & WAITING) !== 0) {
    proc.flags = flags & ~RUNNING;
    return;
  }
  proc.flags = (flags & ~RUNNING) | WAITING;
  proc.kernel.turns.add(proc);
}

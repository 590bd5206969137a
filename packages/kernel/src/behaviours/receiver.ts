import { MisuseError } from '../errors.js';
import { Envelope } from '../messages.js';
import { deliver } from '../process/deliver.js';
import { DEAD, HELD } from '../process/flags.js';
import { keep } from '../process/kept.js';
import { putAside, take, takeFrom } from '../process/mailbox.js';
import { attach } from '../process/owned.js';
import { EMPTY, GONE, type Proc } from '../process/proc.js';
import { settleFor } from '../process/resume.js';
import { Timer } from '../timers/timer.js';

/** Awaitable in an async process, `yield*`-able in a generator process. */
export interface Receive<M> {
  /** For `await`: a receive is no promise, and happens when it is awaited. One at a time. */
  then(resolve: (message: M) => void, reject?: (reason: unknown) => void): void;
  [Symbol.iterator](): Iterator<unknown, M, unknown>;
}

/** No timeout. */
export const FOREVER = -1;

export type Match = (message: unknown) => boolean;

/**
 * The receiving side of a plain process. It stands for the receive under way: an async process awaits it, a generator
 * process yields it. Messages that come while nobody waits for them are put aside, in order.
 */
export class Receiver implements Receive<unknown>, Iterator<unknown, unknown, unknown> {
  readonly #proc: Proc;
  /** The rest of a generator process. */
  generator: Iterator<unknown, unknown, unknown> | null = null;
  /** Null: takes any message. */
  #match: Match | null = null;
  /** It says the same of the same message at any time, which a user's predicate need not. */
  #pure = false;
  /** `FOREVER`: none. A small number, which needs no box. */
  #timeoutMs = FOREVER;
  #timer: ReceiveTimer | null = null;
  /** A receive is waiting: an async process's `resolve`, or true for a generator. */
  #waiting: ((message: unknown) => void) | boolean = false;
  #yielded = false;
  /** What everything put aside is known not to fit. */
  #failed: Match | null = null;

  constructor(proc: Proc) {
    this.#proc = proc;
  }

  /** The receiver of a plain process; one that has not received yet has none. */
  static of(proc: Proc): Receiver {
    const { instance } = proc;
    if (instance instanceof Receiver) return instance;
    if (typeof instance === 'function') {
      throw new MisuseError('badarg', `${proc.pid} handles its messages by the function that its body returned: it cannot receive`);
    }
    const receiver = new Receiver(proc);
    if ((proc.flags & DEAD) === 0) proc.instance = receiver;
    return receiver;
  }

  /** Describes the next receive. */
  expect(match: Match | null, pure: boolean, timeoutMs: number): this {
    this.#match = match;
    this.#pure = pure;
    this.#timeoutMs = timeoutMs;
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: a receive is awaited without allocating a promise of its own
  then(resolve: (message: unknown) => void): void {
    const proc = this.#proc;
    if (this.#waiting !== false) throw new MisuseError('badarg', `${proc.pid} is already waiting in a receive: one at a time`);
    if ((proc.flags & HELD) !== 0) proc.extra?.hold?.later(() => this.then(resolve));
    else if ((proc.flags & DEAD) === 0) {
      const message = this.poll();
      if (message !== EMPTY) settleFor(proc, resolve, message);
      else if (this.#timeoutMs === 0) settleFor(proc, resolve, undefined);
      else this.#wait(resolve);
    }
  }

  [Symbol.iterator](): this {
    this.#yielded = false;
    return this;
  }

  next(received: unknown): IteratorResult<unknown, unknown> {
    if (this.#yielded) return { done: true, value: received };
    this.#yielded = true;
    return { done: false, value: this };
  }

  /** A fitting message that is already here, or EMPTY. Looks at each waiting message once. */
  poll(): unknown {
    const proc = this.#proc;
    const saved = proc.extra?.saved;
    if (saved !== null && saved !== undefined && saved.size > 0) {
      if (this.#match === null) return saved.shift();
      if (this.#match !== this.#failed) {
        const message = takeFrom(saved, this.#match);
        if (message !== EMPTY) return message;
      }
    }
    this.#failed = this.#pure ? this.#match : null;
    for (let message = take(proc); message !== EMPTY; message = take(proc)) {
      if (this.#fits(message)) return message;
      if (!(message instanceof Expired)) this.#keep(message);
    }
    return EMPTY;
  }

  /** The generator process waits for a message; false if it does not want to (timeout 0). */
  park(): boolean {
    if (this.#timeoutMs === 0) return false;
    this.#wait(true);
    return true;
  }

  /** Whether the message is what the process waits for; if so an async process is resumed, a generator is left to the caller. */
  accept(message: unknown): boolean {
    const waiting = this.#waiting;
    if (waiting === false || !(message instanceof Expired ? message.timer === this.#timer : this.#fits(message))) return false;
    this.#waiting = false;
    this.#timer?.drop();
    this.#timer = null;
    if (waiting !== true) settleFor(this.#proc, waiting, message instanceof Expired ? undefined : message);
    return true;
  }

  /** Puts aside what came: because it does not fit, or because nobody waits for it, and then it may fit next time. */
  save(message: unknown): void {
    if (message instanceof Expired) return;
    if (this.#waiting === false) this.#failed = null;
    this.#keep(message);
  }

  #keep(message: unknown): void {
    putAside(this.#proc, 'saved', message);
  }

  #fits(message: unknown): boolean {
    return !(message instanceof Expired) && (this.#match === null || this.#match(message));
  }

  #wait(waiting: ((message: unknown) => void) | true): void {
    this.#waiting = waiting;
    if (this.#timeoutMs === FOREVER) return;
    const proc = this.#proc;
    const timer = new ReceiveTimer(proc);
    this.#timer = timer;
    attach(proc, timer);
    proc.kernel.timers.start(timer, this.#timeoutMs);
  }
}

/** Arrives like a message, so that it cannot overtake one that came before it. */
export class Expired extends Envelope {
  readonly timer: ReceiveTimer;
  constructor(timer: ReceiveTimer) {
    super();
    this.timer = timer;
  }
}

class ReceiveTimer extends Timer {
  readonly #proc: Proc;
  constructor(proc: Proc) {
    super();
    this.#proc = proc;
  }
  override fire(): void {
    this.drop();
    deliver(this.#proc, new Expired(this));
  }
}

keep(new Receiver(GONE));
keep(new ReceiveTimer(GONE));

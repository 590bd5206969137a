import { Envelope } from '../messages.js';
import { deliver } from '../process/deliver.js';
import { attach } from '../process/owned.js';
import type { Proc } from '../process/proc.js';
import { Timer } from '../timers/timer.js';

/** Which timeout: the state's, the event's, or a generic one by its name behind a colon. */
export type TimerKey = 'stateTimeout' | 'eventTimeout' | `:${string}`;

/** A timeout has fired. It counts only if its timer is still the one in force when its turn comes. */
export class TimeoutExpired extends Envelope {
  readonly timer: MachineTimer;
  constructor(timer: MachineTimer) {
    super();
    this.timer = timer;
  }
}

export class MachineTimer extends Timer {
  readonly key: TimerKey;
  readonly #proc: Proc;
  constructor(proc: Proc, key: TimerKey) {
    super();
    this.key = key;
    this.#proc = proc;
  }
  override fire(): void {
    this.drop();
    deliver(this.#proc, new TimeoutExpired(this));
  }
}

/** The timeouts of one machine, after `gen_statem`: one timer per name; those of 0 ms wait in a queue of their own. */
export class MachineTimers {
  readonly #proc: Proc;
  /** Null: due at once, in `#due`. */
  readonly #timers = new Map<TimerKey, MachineTimer | null>();
  #due: TimerKey[] = [];

  constructor(proc: Proc) {
    this.#proc = proc;
  }

  get hasDue(): boolean {
    return this.#due.length > 0;
  }

  cancel(key: TimerKey): void {
    const timer = this.#timers.get(key);
    if (timer === undefined) return;
    if (timer === null) this.#due = this.#due.filter((due) => due !== key);
    else timer.drop();
    this.#timers.delete(key);
  }

  /** Sets and cancels (null) timeouts; the last word on each counts. */
  set(wanted: readonly (readonly [key: TimerKey, ms: number | null])[]): void {
    const last = new Map<TimerKey, number | null>();
    for (const [key, ms] of wanted) {
      last.delete(key);
      last.set(key, ms);
    }
    for (const [key, ms] of last) {
      this.cancel(key);
      if (ms === null || ms === Number.POSITIVE_INFINITY) continue;
      if (ms === 0) {
        this.#timers.set(key, null);
        this.#due.push(key);
      } else {
        const timer = new MachineTimer(this.#proc, key);
        attach(this.#proc, timer);
        this.#proc.kernel.timers.start(timer, ms);
        this.#timers.set(key, timer);
      }
    }
  }

  /** The next one that is due at once. */
  takeDue(): TimerKey {
    const key = this.#due.shift() as TimerKey;
    this.#timers.delete(key);
    return key;
  }

  /** Whether that timer is still in force; it is over now. */
  take(timer: MachineTimer): boolean {
    return this.#timers.get(timer.key) === timer && this.#timers.delete(timer.key);
  }
}

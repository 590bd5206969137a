import type { Proc } from '../process/proc.js';
import { MachineTimers, type TimerKey } from './machine-timers.js';
import type { AnyOptions } from './transition.js';

/** An event that the machine has inserted itself. */
export class InsertedEvent {
  readonly name: string;
  readonly args: readonly unknown[];
  constructor(name: string, args: readonly unknown[]) {
    this.name = name;
    this.args = args;
  }
}

/** A timeout whose time has come, as an event. */
export class TimeoutEvent {
  readonly key: TimerKey;
  constructor(key: TimerKey) {
    this.key = key;
  }
}

/** No event: the machine starts. */
export const NOTHING: unique symbol = Symbol('nothing');

/**
 * The queues of one state machine, after `gen_statem`. An event's handler, and those of the states it enters, say what is to
 * become of it; when all have spoken, `settle` does it.
 */
export class Machine {
  state: string;
  /** Where the event under way leads. */
  next: string;
  /** The event under way, as it came; NOTHING before the first. */
  event: unknown = NOTHING;
  /** The handler that runs, if one does, is that of a state being entered. */
  entering = false;
  readonly timers: MachineTimers;
  /** Events before those of the mailbox. */
  #queue: unknown[] = [];
  #postponed: unknown[] = [];
  #postpone = false;
  #inserted: InsertedEvent[] = [];
  #timeouts: (readonly [key: TimerKey, ms: number | null])[] = [];

  constructor(proc: Proc, state: string) {
    this.state = this.next = state;
    this.timers = new MachineTimers(proc);
  }

  /** There is something to handle before the mailbox. */
  get pending(): boolean {
    return this.#queue.length > 0 || this.timers.hasDue;
  }

  get postponed(): number {
    return this.#postponed.length;
  }

  begin(event: unknown): void {
    this.event = event;
    this.next = this.state;
    this.entering = false;
  }

  /** Only when `pending`. Timeouts of 0 ms come after all other events that wait here. */
  takePending(): unknown {
    return this.#queue.length > 0 ? this.#queue.shift() : new TimeoutEvent(this.timers.takeDue());
  }

  /** Takes note of what one handler wants. */
  collect({ stateTimeoutMs, eventTimeoutMs, timeouts, insert, postpone }: AnyOptions): void {
    if (postpone === true) this.#postpone = true;
    if (insert !== undefined) for (const [name, ...args] of insert) this.#inserted.push(new InsertedEvent(name, args));
    if (stateTimeoutMs !== undefined) this.#timeouts.push(['stateTimeout', stateTimeoutMs]);
    if (timeouts !== undefined) {
      for (const [name, ms] of Object.entries(timeouts)) if (ms !== undefined) this.#timeouts.push([`:${name}`, ms]);
    }
    if (eventTimeoutMs !== undefined) this.#timeouts.push(['eventTimeout', eventTimeoutMs]);
  }

  /** The event is dealt with. */
  settle(): void {
    if (this.#postpone) this.#postponed.push(this.event);
    const changed = this.next !== this.state;
    this.state = this.next;
    if (changed && this.#postponed.length > 0) {
      this.#queue = [...this.#postponed, ...this.#queue];
      this.#postponed = [];
    }
    if (this.#inserted.length > 0) this.#queue = [...this.#inserted, ...this.#queue];
    this.timers.cancel('eventTimeout');
    if (changed) this.timers.cancel('stateTimeout');
    if (this.#timeouts.length > 0) this.timers.set(this.#timeouts);
    this.event = NOTHING;
    this.entering = this.#postpone = false;
    this.#inserted = [];
    this.#timeouts = [];
  }
}

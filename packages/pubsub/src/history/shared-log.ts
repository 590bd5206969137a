import type { Cursor, LoggedEvent, Recovered } from './topic-log.js';
import type { TopicPolicy } from './topic-policy.js';
import type { Excerpt, Head, StoredEvent } from './topic-store.js';

/** What a client can be told at once, or what has to be read from the store first: events before those that are here, or after. */
export type Known = Recovered | 'before' | 'after';

/**
 * The part of a topic's events that a node has at hand: all after one position, up to another one. Positions come from the store
 * and are not consecutive. Knows no clock: it is told the time, in milliseconds.
 */
export class SharedLog {
  readonly epoch: string;
  readonly #policy: TopicPolicy;
  #events: LoggedEvent[] = [];
  /** All events after it are here. */
  #floor: number;
  /** What came up to here is told to nobody: it is too old or too much, or was dropped. */
  #lost = 0;
  #head: number;
  #last: LoggedEvent | null = null;

  constructor(policy: TopicPolicy, { epoch, position, last }: Head, now: number) {
    this.#policy = policy;
    this.epoch = epoch;
    this.#head = position;
    this.#floor = position;
    if (last !== null && policy.cachedMs !== null) this.#last = logged(last, now);
  }

  get head(): number {
    return this.#head;
  }

  get floor(): number {
    return this.#floor;
  }

  get length(): number {
    return this.#events.length;
  }

  get cursor(): Cursor {
    return { epoch: this.epoch, position: this.#head };
  }

  /** Answers false for what is here already. */
  append(stored: StoredEvent, now: number): boolean {
    if (stored.position <= this.#head) return false;
    this.#head = stored.position;
    const event = logged(stored, now);
    this.#events.push(event);
    if (this.#policy.cachedMs !== null) this.#last = event;
    this.#trim();
    return true;
  }

  /** Takes in what was read from after a position up to the floor. */
  prepend(after: number, excerpt: Excerpt, now: number): void {
    const read = excerpt.events.filter(({ position }) => position > after && position <= this.#floor).map((event) => logged(event, now));
    // From the oldest that is still kept on nothing is missing: newer ones are dropped later.
    const from = excerpt.complete ? after : (read.shift()?.position ?? this.#floor);
    this.#events = [...read, ...this.#events];
    this.#floor = Math.min(this.#floor, from);
    if (!excerpt.complete) this.#lost = Math.max(this.#lost, from);
    this.#trim();
    this.expire(now);
  }

  since({ epoch, position }: Cursor, now: number): Known {
    if (epoch !== this.epoch) return { recovered: false, reason: 'epoch' };
    if (position > this.#head) return 'after';
    this.expire(now);
    if (position < this.#lost) return { recovered: false, reason: 'window' };
    if (position < this.#floor) return 'before';
    return { recovered: true, events: this.#events.slice(this.#indexAfter(position)) };
  }

  /** The last event, if it is not too old. */
  last(now: number): LoggedEvent | null {
    const { cachedMs } = this.#policy;
    return this.#last !== null && cachedMs !== null && now - this.#last.at <= cachedMs ? this.#last : null;
  }

  /** Forgets what is too old. */
  expire(now: number): void {
    const oldest = now - (this.#policy.recoverable?.maxAgeMs ?? 0);
    let expired = 0;
    while (expired < this.length && (this.#events[expired] as LoggedEvent).at < oldest) expired++;
    if (expired > 0) this.#drop(expired);
  }

  #trim(): void {
    const most = this.#policy.recoverable?.maxMessages ?? 0;
    // Cutting costs as much as what remains: once per some appends.
    if (this.length > most + 64) this.#drop(this.length - most);
    else if (this.length > most) this.#lost = Math.max(this.#lost, (this.#events[this.length - most - 1] as LoggedEvent).position);
  }

  #drop(count: number): void {
    const dropped = (this.#events[count - 1] as LoggedEvent).position;
    this.#events = this.#events.slice(count);
    this.#floor = Math.max(this.#floor, dropped);
    this.#lost = Math.max(this.#lost, dropped);
  }

  #indexAfter(position: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as LoggedEvent).position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function logged({ position, event, payload, ageMs }: StoredEvent, now: number): LoggedEvent {
  return { position, event, payload, at: now - ageMs };
}

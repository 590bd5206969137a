import type { TopicPolicy } from './topic-policy.js';

/** An event as it was published: what clients that come back are given. */
export interface LoggedEvent {
  /** Counts up by one for each event of the topic; the first is 1. */
  readonly position: number;
  readonly event: string;
  /** JSON text. */
  readonly payload: string;
  readonly at: number;
}

/**
 * What a client that comes back has missed, in order. Or that it cannot be said: the gap reaches back beyond what is kept
 * (`window`), positions were given anew since then (`epoch`), or what keeps them does not answer (`unavailable`).
 */
export type Recovered =
  | { readonly recovered: true; readonly events: readonly LoggedEvent[] }
  | { readonly recovered: false; readonly reason: 'window' | 'epoch' | 'unavailable' };

/** How far a client has got: the numbering's name, and the position of the last event it had. */
export interface Cursor {
  readonly epoch: string;
  readonly position: number;
}

/** `epoch:position`, as clients keep it. */
export function cursorText({ epoch, position }: Cursor): string {
  return `${epoch}:${position}`;
}

/** Null for what is no cursor. */
export function readCursor(text: string): Cursor | null {
  const read = /^([\w-]{1,64}):(\d{1,15})$/.exec(text);
  return read === null ? null : { epoch: read[1] as string, position: Number(read[2]) };
}

/** The last events of one topic, numbered. Knows no clock: it is told the time, in milliseconds. */
export class TopicLog {
  readonly #policy: TopicPolicy;
  #epoch: string;
  #position = 0;
  #events: LoggedEvent[] = [];
  /** Index of the oldest that is still kept: what stands before it is cut off now and then. */
  #first = 0;
  #last: LoggedEvent | null = null;
  /** What was missed after the position that was last asked about: those who were cut off together ask for the same. */
  #told: { readonly after: number; readonly answer: Recovered } | null = null;
  /** When somebody last published or came back. */
  usedAt: number;

  constructor(policy: TopicPolicy, epoch: string, now: number) {
    this.#policy = policy;
    this.#epoch = epoch;
    this.usedAt = now;
  }

  /** Where a client is that has had everything; null if its topic is not recoverable. */
  get cursor(): Cursor | null {
    if (this.#policy.recoverable === null) return null;
    return { epoch: this.#epoch, position: this.#position };
  }

  /** Events that are kept. */
  get length(): number {
    return this.#events.length - this.#first;
  }

  /** Answers the position, unless clients have no use for it. */
  append(event: string, payload: string, now: number): number | undefined {
    const logged: LoggedEvent = { position: ++this.#position, event, payload, at: now };
    this.usedAt = now;
    const { recoverable, cachedMs } = this.#policy;
    if (cachedMs !== null) this.#last = logged;
    if (recoverable === null) return undefined;
    this.#told = null;
    this.#events.push(logged);
    if (this.length > recoverable.maxMessages) this.#drop(1);
    return logged.position;
  }

  /** The same object for the same answer, as long as nothing changes. */
  since(cursor: Cursor, now: number): Recovered {
    this.usedAt = now;
    if (cursor.epoch !== this.#epoch || cursor.position > this.#position) return { recovered: false, reason: 'epoch' };
    this.#expire(now);
    const missed = this.#position - cursor.position;
    if (missed > this.length) return { recovered: false, reason: 'window' };
    if (this.#told?.after === cursor.position) return this.#told.answer;
    const answer: Recovered = { recovered: true, events: missed === 0 ? [] : this.#events.slice(-missed) };
    this.#told = { after: cursor.position, answer };
    return answer;
  }

  /** The last event, if it is not too old. */
  last(now: number): LoggedEvent | null {
    const { cachedMs } = this.#policy;
    return this.#last !== null && cachedMs !== null && now - this.#last.at <= cachedMs ? this.#last : null;
  }

  /** Forgets what is too old, and what was made for a crowd that has come back by now. */
  expire(now: number): void {
    this.#told = null;
    this.#expire(now);
  }

  #expire(now: number): void {
    const oldest = now - (this.#policy.recoverable?.maxAgeMs ?? 0);
    let expired = 0;
    while (expired < this.length && (this.#events[this.#first + expired] as LoggedEvent).at < oldest) expired++;
    if (expired > 0) this.#drop(expired);
    if (this.last(now) === null) this.#last = null;
  }

  /** Events may have been lost: no client can be told what it has missed until now. */
  restart(epoch: string): void {
    this.#told = null;
    this.#epoch = epoch;
    this.#position = 0;
    this.#events = [];
    this.#first = 0;
  }

  /** Nothing is kept, and nobody has used it for as long as anything would be. */
  isIdle(now: number): boolean {
    const { recoverable, cachedMs } = this.#policy;
    return (
      this.length === 0 && this.#last === null && now - this.usedAt > Math.max(recoverable?.maxAgeMs ?? 0, Math.min(cachedMs ?? 0, 60_000))
    );
  }

  #drop(count: number): void {
    this.#told = null;
    this.#first += count;
    // Cutting costs as much as what remains: once per as many appends.
    if (this.#first < 32 || this.#first * 2 < this.#events.length) return;
    this.#events = this.#events.slice(this.#first);
    this.#first = 0;
  }
}

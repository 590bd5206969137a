import type { WebhookEventType } from './webhook-options.js';

export interface WebhookEvent {
  readonly type: WebhookEventType;
  readonly topic: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Who joined or left: a number that no other connection of this run of the node has. */
  readonly connection?: number;
  /** What the `id` of the connection's socket answered. */
  readonly socketId?: string;
}

/** What goes in one request. It stays the same, with the same id, until it has been delivered or has become too old. */
export interface WebhookBatch {
  readonly id: string;
  readonly events: readonly WebhookEvent[];
  /** Events dropped before these, since the node started. */
  readonly dropped: number;
}

export const MAX_BATCH = 100;

/** The events that a webhook has not been told of, oldest first: no more than `maxQueued`, none older than `maxAgeMs`. */
export class WebhookQueue {
  readonly #maxQueued: number;
  readonly #maxAgeMs: number;
  readonly #newId: () => string;
  readonly #drop: (count: number) => void;
  readonly #waiting: WebhookEvent[] = [];
  #underWay: WebhookBatch | null = null;
  #dropped = 0;
  #onFilled: (() => void) | null = null;
  #onEmpty: (() => void)[] = [];

  constructor(maxQueued: number, maxAgeMs: number, newId: () => string, drop: (count: number) => void) {
    this.#maxQueued = maxQueued;
    this.#maxAgeMs = maxAgeMs;
    this.#newId = newId;
    this.#drop = drop;
  }

  /** With what is under way. */
  get size(): number {
    return this.#waiting.length + (this.#underWay?.events.length ?? 0);
  }

  add(event: WebhookEvent): void {
    // What is under way may have arrived: it is not taken back.
    if (this.size >= this.#maxQueued && this.#waiting.length > 0) {
      this.#waiting.shift();
      this.#lose(1);
    }
    this.#waiting.push(event);
    const filled = this.#onFilled;
    this.#onFilled = null;
    filled?.();
  }

  /** What to deliver now; null when nothing waits, and then `filled` is called once when something does. */
  next(now: number, filled: () => void): WebhookBatch | null {
    const oldest = now - this.#maxAgeMs;
    if (this.#underWay !== null && (this.#underWay.events[0]?.at ?? 0) < oldest) {
      this.#lose(this.#underWay.events.length);
      this.#underWay = null;
    }
    if (this.#underWay !== null) return this.#underWay;
    const young = this.#waiting.findIndex(({ at }) => at >= oldest);
    const old = this.#waiting.splice(0, young === -1 ? this.#waiting.length : young);
    this.#lose(old.length);
    const events = this.#waiting.splice(0, MAX_BATCH);
    if (events.length > 0) {
      this.#underWay = { id: this.#newId(), events, dropped: this.#dropped };
      return this.#underWay;
    }
    this.#onFilled = filled;
    for (const empty of this.#onEmpty.splice(0)) empty();
    return null;
  }

  /** What was under way has been delivered. */
  delivered(): void {
    this.#underWay = null;
  }

  /** Resolves when nothing waits any more. */
  whenEmpty(): Promise<void> {
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  #lose(count: number): void {
    if (count === 0) return;
    this.#dropped += count;
    this.#drop(count);
  }
}

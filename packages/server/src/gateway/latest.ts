import type { Frame } from '@rekindle/channels/wire';
import type { Content } from '@rekindle/pubsub';

type Event = Extract<Content, { kind: 'event' }>;

/** The newest event for each key, for a client that cannot be given all of them. */
export class Latest {
  readonly #key: string | null;
  readonly #counters: { conflated: number };
  readonly #frames = new Map<string, Frame>();
  /** Events that a newer one has taken the place of, since somebody has set this to 0. */
  replaced = 0;

  /** `key`: the field of payloads that says what replaces what; null: the event's name does. */
  constructor(key: string | null, counters: { conflated: number }) {
    this.#key = key;
    this.#counters = counters;
  }

  take(content: Event, frame: Frame): void {
    const key = this.#keyOf(content);
    if (this.#frames.delete(key)) {
      this.replaced++;
      this.#counters.conflated++;
    }
    this.#frames.set(key, frame);
  }

  /** What is there, the oldest first. */
  drain(): Frame[] {
    const frames = [...this.#frames.values()];
    this.#frames.clear();
    return frames;
  }

  /** Names and values do not get mixed up. Payloads are read only here: for clients that lag. */
  #keyOf({ event, payload }: Event): string {
    if (this.#key === null || typeof payload !== 'string') return event;
    const value = (JSON.parse(payload) as { readonly [key: string]: unknown })[this.#key];
    return `${event} ${JSON.stringify(value)}`;
  }
}

/** An event that is kept where all nodes find it. */
export interface StoredEvent {
  /** Counts up, over all topics: between two events of one topic there may be numbers of others. */
  readonly position: number;
  readonly event: string;
  /** JSON text. */
  readonly payload: string;
  /** Milliseconds since it was kept. */
  readonly ageMs: number;
  /** Of the publication. */
  readonly key: string;
}

/** An event that has just been kept, as nodes that listen to its topic get it. */
export interface FreshEvent extends StoredEvent {
  /** The position of the topic's event before it; 0 if there is none any more. Who has not had that one has missed something. */
  readonly previous: number;
}

/** What a node asks a store to keep. */
export interface StoreLimits {
  /** At least so many events of each topic. */
  readonly maxMessages: number;
  /** At least for so long. */
  readonly maxAgeMs: number;
  /** How long a repeat is known as one. */
  readonly repeatMs: number;
}

/** The end of a topic. */
export interface Head {
  /** The name of the numbering; another one means that positions of before say nothing any more. */
  readonly epoch: string;
  /** Where somebody is who has had all events of the topic. */
  readonly position: number;
  /** The topic's last event, if it is still kept. */
  readonly last: StoredEvent | null;
}

/** A piece of a topic. */
export interface Excerpt {
  readonly epoch: string;
  readonly events: readonly StoredEvent[];
  /** Nothing is missing: no event after the first position has been dropped. See `isComplete`. */
  readonly complete: boolean;
}

/** What is kept of a topic. */
export interface Kept {
  /** The position of the topic's oldest event; null if there is none. */
  readonly oldest: number | null;
  readonly count: number;
  /** So many are kept at most. */
  readonly maxCount: number;
  /** No event after this position has been dropped for its age, or for the size of the store. */
  readonly keptSince: number;
}

/**
 * Whether all events after a position are kept, for a store that drops a topic's oldest first: while an older one is there, none
 * has been dropped. Otherwise none has for its age, and none for the number if there is room for more.
 */
export function isComplete(after: number, { oldest, count, maxCount, keptSince }: Kept): boolean {
  return (oldest !== null && oldest <= after) || (keptSince <= after && count < maxCount);
}

/** Why an event may not have been kept: too much is waiting, it is too large, or nobody has answered for too long. */
export class NotKept extends Error {
  override readonly name = 'NotKept';
  readonly code: 'full' | 'too_large' | 'no_answer';

  constructor(code: 'full' | 'too_large' | 'no_answer', message: string) {
    super(message);
    this.code = code;
  }
}

/** What a store says of itself. */
export interface StoreEvents {
  /** The store answers, now or again: what was said meanwhile may have been missed. */
  ready(): void;
}

/**
 * Keeps the events of topics in one order for all nodes. What is published is given to all nodes that listen, the publisher's own
 * among them. Events are kept once, in order per topic and publishing node.
 */
export interface TopicStore {
  /** Throws for what cannot work. Resolves also while the store cannot be reached. */
  start(limits: StoreLimits, events: StoreEvents): Promise<void>;
  /** Resolves when events that are kept from now on arrive. A fresh event may be lost with the connection: `ready` follows. */
  listen(topic: string, take: (fresh: FreshEvent) => void): Promise<void>;
  ignore(topic: string): void;
  /** Why the event can never be kept: it is larger than the store takes. Null: it may be. */
  tooLarge(topic: string, event: string, payload: string): string | null;
  /** Resolves with its position when it is kept; with 0 if that `key` was kept before. Rejects with `NotKept`. Waits while the store cannot be reached. */
  publish(topic: string, event: string, payload: string, key: string): Promise<number>;
  /** Rejects when the store does not answer. */
  head(topic: string): Promise<Head>;
  /** The events after one position, up to and with another one. Rejects when the store does not answer, or counts anew meanwhile. */
  read(topic: string, after: number, upTo: number): Promise<Excerpt>;
}

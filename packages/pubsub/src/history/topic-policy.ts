/** What is kept of a topic, for clients that come, come back, or lag. Plain data. */
export interface TopicPolicy {
  /** The last event is given to whoever joins, if it is not older. Null: it is not kept. */
  readonly cachedMs: number | null;
  /** Events are numbered and kept: so many, for so long. Null: they are not. */
  readonly recoverable: { readonly maxMessages: number; readonly maxAgeMs: number } | null;
  /** A client that reads too slowly gets the newest event for each value of `key` (null: for each event's name). Null: it gets all. */
  readonly conflate: { readonly key: string | null; readonly everyMs: number } | null;
}

/** The policies of one socket's topics, in the order of its routes; null for those without one. */
export type PolicyTable = readonly (readonly [pattern: string, policy: TopicPolicy | null])[];

/** The policy of a topic: the first pattern that matches decides, socket by socket. */
export function policyOf(tables: readonly PolicyTable[], topic: string): TopicPolicy | null {
  for (const table of tables) {
    const policy = table.find(([pattern]) => matches(pattern, topic))?.[1] ?? null;
    if (policy !== null) return policy;
  }
  return null;
}

/** `room:*` matches all topics that begin with `room:`. */
export function matches(pattern: string, topic: string): boolean {
  const last = pattern.length - 1;
  if (pattern[last] !== '*') return topic === pattern;
  return topic.startsWith(pattern.slice(0, last));
}

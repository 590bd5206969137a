import { MisuseError } from '@rekindle/kernel';
import type { TopicPolicy } from '@rekindle/pubsub/internal';

/** What is kept of a channel's topics, for clients that come or come back: `static options = { recoverable: {...} }`. */
export interface TopicOptions {
  /**
   * Whoever joins is sent the topic's last event, as it was sent to the others: after the reply to the join. `ttlMs`: not if it
   * is older. Each node keeps its own. Default: no.
   */
  readonly cached?: true | { readonly ttlMs: number } | undefined;
  /**
   * A client that was away for a while gets what it has missed with the reply to its join, in order and once, or is told that
   * this cannot be done. Kept are the last `maxMessages` events of a topic, for `maxAgeMs`. The client says where it was:
   * `recoverable` of `@rekindle/client` does that. Bytes are not kept. A client that comes back also gets what it has
   * excluded itself from by `broadcastFrom`. Default: no.
   */
  readonly recoverable?: { readonly maxMessages: number; readonly maxAgeMs: number } | undefined;
  /**
   * A client for which a sixteenth of the endpoint's `maxBufferedBytes` waits is sent only the newest event for each value of the
   * payload's field `key` (without it: for each event's name), every `everyMs` milliseconds, and only once the rest has gone out:
   * what waits for it does not grow. Others get everything. Not together with `recoverable`. Default: no.
   */
  readonly conflate?: { readonly key?: string; readonly everyMs: number } | undefined;
}

/** Ten years: more is a mistake. */
const MAX_MS = 315_360_000_000;
const MAX_MESSAGES = 1_000_000;

/** Null if nothing is kept. */
export function topicPolicy({ cached, recoverable, conflate }: TopicOptions): TopicPolicy | null {
  if ((cached ?? recoverable ?? conflate) === undefined) return null;
  return {
    cachedMs: cached === undefined ? null : cached === true ? MAX_MS : cached.ttlMs,
    recoverable: recoverable ?? null,
    conflate: conflate === undefined ? null : { key: conflate.key ?? null, everyMs: conflate.everyMs },
  };
}

/** Throws `bad_option`. */
export function checkTopicOptions(Class: { readonly name: string }, { cached, recoverable, conflate }: TopicOptions): void {
  const bad = (option: string, expected: string, came: unknown): never => {
    throw new MisuseError('bad_option', `${Class.name}.options.${option}: expected ${expected}, got ${JSON.stringify(came)}`);
  };
  if (cached !== undefined && cached !== true && !hasCounts(cached, { ttlMs: MAX_MS })) bad('cached', 'true or { ttlMs }', cached);
  if (recoverable !== undefined && !hasCounts(recoverable, { maxMessages: MAX_MESSAGES, maxAgeMs: MAX_MS })) {
    bad('recoverable', '{ maxMessages, maxAgeMs }, whole numbers of at least 1', recoverable);
  }
  if (conflate !== undefined) {
    const { key = '', ...rest } = conflate;
    if (typeof key !== 'string' || !hasCounts(rest, { everyMs: 60_000 }))
      bad('conflate', '{ key?, everyMs } with 1 to 60,000 ms', conflate);
    if (recoverable !== undefined) bad('conflate', 'no recoverable beside it: events that are left out cannot be recovered', conflate);
  }
  const { handleOut, intercept } = Class as { readonly handleOut?: object; readonly intercept?: unknown };
  if ((cached ?? recoverable) !== undefined && (handleOut ?? intercept) !== undefined) {
    throw new MisuseError(
      'bad_option',
      `${Class.name}: what is kept of a topic goes to clients as it was published, past handleOut: use either cached and recoverable, or handleOut`,
    );
  }
}

function hasCounts(value: unknown, limits: { readonly [key: string]: number }): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as { readonly [key: string]: unknown };
  const inRange = ([key, most]: [string, number]): boolean => {
    const count = given[key];
    return Number.isSafeInteger(count) && (count as number) >= 1 && (count as number) <= most;
  };
  return Object.keys(given).length === Object.keys(limits).length && Object.entries(limits).every(inRange);
}

import type { Content } from '../content.js';
import type { Hub, HubMember, Recorder } from '../hub.js';
import { type Cursor, type LoggedEvent, type Recovered, TopicLog } from './topic-log.js';
import { type PolicyTable, policyOf } from './topic-policy.js';

/** How often what is too old is looked for. */
const EXPIRE_EVERY_MS = 5000;

/** What a client that joins now is told. */
export interface JoinedLog {
  /** Where it begins; null if the topic is not recoverable. */
  readonly cursor: Cursor | null;
  /** What it has missed; null if it was nowhere before. */
  readonly missed: Recovered | null;
  /** The topic's last event, where it is kept. */
  readonly last: LoggedEvent | null;
}

/** The logs of a node's topics. A log keeps its node subscribed to the topic, also while no client is there. */
export class TopicLogs implements Recorder {
  readonly #hub: Hub;
  readonly #tables: readonly PolicyTable[];
  readonly #now: () => number;
  readonly #newEpoch: () => string;
  readonly #logs = new Map<string, TopicLog>();
  readonly #timer: NodeJS.Timeout;
  /** What holds the subscriptions. The hub tells the recorder before its members, so there is nothing left to do. */
  readonly #member: HubMember = { deliver: () => {} };

  /** `now` in milliseconds; `newEpoch` makes names that are not used twice. */
  constructor(hub: Hub, tables: readonly PolicyTable[], now: () => number, newEpoch: () => string) {
    this.#hub = hub;
    this.#tables = tables;
    this.#now = now;
    this.#newEpoch = newEpoch;
    this.#timer = setInterval(() => this.expire(), EXPIRE_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Topics that have a log. */
  get size(): number {
    return this.#logs.size;
  }

  /** The position of the event, for topics whose events are numbered. Bytes have no place in a log of JSON: they are not kept. */
  record(topic: string, { event, payload }: Extract<Content, { kind: 'event' }>): number | undefined {
    if (typeof payload !== 'string') return undefined;
    const log = this.#logs.get(topic) ?? this.#open(topic);
    return log?.append(event, payload, this.#now());
  }

  /** A client joins, and says where it was. Null for topics without a log. */
  join(topic: string, cursor: Cursor | null): JoinedLog | null {
    const log = this.#logs.get(topic) ?? this.#open(topic);
    if (log === null) return null;
    const now = this.#now();
    const here = log.cursor;
    const missed = cursor === null || here === null ? null : log.since(cursor, now);
    return { cursor: here, missed, last: log.last(now) };
  }

  /** This node has been cut off from the others: what they have published meanwhile is lost. */
  gap(): void {
    for (const log of this.#logs.values()) log.restart(this.#newEpoch());
  }

  expire(): void {
    const now = this.#now();
    for (const [topic, log] of this.#logs) {
      log.expire(now);
      if (!log.isIdle(now) || this.#hub.hasConnections(topic)) continue;
      this.#logs.delete(topic);
      this.#hub.leave(topic, this.#member);
    }
  }

  #open(topic: string): TopicLog | null {
    // All nodes have that one in common: see `SharedLogs`.
    if (this.#hub.keeper?.keeps(topic) === true) return null;
    const policy = policyOf(this.#tables, topic);
    if (policy === null || (policy.cachedMs === null && policy.recoverable === null)) return null;
    const log = new TopicLog(policy, this.#newEpoch(), this.#now());
    this.#logs.set(topic, log);
    void this.#hub.join(topic, this.#member);
    return log;
  }
}

import type { Content } from '../content.js';
import type { Hub, HubMember, Keeper } from '../hub.js';
import { SharedLog } from './shared-log.js';
import { type Asker, newSharedTopic, type SharedTopic } from './shared-topic.js';
import type { Cursor, Recovered } from './topic-log.js';
import type { JoinedLog } from './topic-logs.js';
import { type PolicyTable, policyOf, type TopicPolicy } from './topic-policy.js';
import { type FreshEvent, NotKept, type StoredEvent, type TopicStore } from './topic-store.js';
import { Turns } from './turns.js';

type Event = Extract<Content, { kind: 'event' }>;

/** How often logs that nobody uses are looked for. */
const EXPIRE_EVERY_MS = 5000;
/** A log that nobody uses is at hand for so long, at most. */
const LINGER_MS = 300_000;
/** The store is read for so many topics at a time. */
const MAX_READS = 4;
/** How long a client that joins waits for the store; it gives up itself after 10 s. */
const JOIN_TIMEOUT_MS = 4000;
/** Fresh events that wait while their log is brought up to date; with more it is read anew. */
const MAX_EARLY = 10_000;
/** A store that did not answer is asked again after so long, if it has not said before that it is there. */
const RETRY_MS = 500;
/** What a client gets that joins while nobody knows where the topic is: nothing that any log has given. */
const NOWHERE: Cursor = { epoch: 'none', position: 0 };

/**
 * A node's part of the topics whose events all nodes have in one order. What is published goes to the store, comes back with its
 * position, and only then goes to clients; who comes back is answered from what is at hand, and from the store if that does not
 * reach.
 */
export class SharedLogs implements Keeper {
  readonly #hub: Hub;
  readonly #tables: readonly PolicyTable[];
  readonly #now: () => number;
  readonly #key: () => string;
  readonly #entries = new Map<string, SharedTopic>();
  readonly #turns = new Turns(MAX_READS);
  readonly #timer: NodeJS.Timeout;
  readonly #member: HubMember = { deliver: () => {} };
  /** How often anything may have been missed: an answer of before says nothing of that. */
  #doubts = 0;
  #store: TopicStore | null = null;
  /** How often the store was read for clients that came back, and for topics that were behind. */
  readonly counts = { reads: 0, catchUps: 0, notKept: 0 };

  /** `now` in milliseconds; `key` makes names that are not used twice, on any node. */
  constructor(hub: Hub, tables: readonly PolicyTable[], now: () => number, key: () => string) {
    this.#hub = hub;
    this.#tables = tables;
    this.#now = now;
    this.#key = key;
    this.#timer = setInterval(() => this.expire(), EXPIRE_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Topics at hand. */
  get size(): number {
    return this.#entries.size;
  }

  async start(store: TopicStore, repeatMs: number): Promise<void> {
    const kept = this.#tables.flat().flatMap(([, policy]) => (policy?.recoverable == null ? [] : [policy.recoverable]));
    if (kept.length === 0) return;
    const limits = {
      maxMessages: Math.max(...kept.map(({ maxMessages }) => maxMessages)),
      maxAgeMs: Math.max(...kept.map(({ maxAgeMs }) => maxAgeMs)),
      repeatMs,
    };
    await store.start(limits, { ready: () => this.#ready() });
    this.#store = store;
  }

  keeps(topic: string): boolean {
    return this.#store !== null && (this.#entries.has(topic) || this.#policy(topic) !== null);
  }

  #policy(topic: string): TopicPolicy | null {
    const policy = policyOf(this.#tables, topic);
    return policy !== null && policy.recoverable !== null ? policy : null;
  }

  // ---------------------------------------------------------------- publishing

  tooLarge(topic: string, { event, payload }: Event): string | null {
    return this.#store?.tooLarge(topic, event, payload as string) ?? null;
  }

  /** Resolves when it is kept: false for a repeat. Rejects with `NotKept`. */
  async publish(topic: string, { event, payload, id }: Event, origin: HubMember | null, except: number | undefined): Promise<boolean> {
    const key = id === undefined ? this.#key() : `${id.length} ${id}${topic}`;
    const entry = this.#entries.get(topic);
    const repeats = entry?.published.has(key) === true;
    if (!repeats) entry?.published.set(key, { origin, except });
    try {
      const position = await (this.#store as TopicStore).publish(topic, event, payload as string, key);
      // It has come back, or never will: what is here already is not taken again.
      if (!repeats && position <= (entry?.log?.head ?? 0)) entry?.published.delete(key);
      return position > 0 && !repeats;
    } catch (error) {
      if (error instanceof NotKept) this.counts.notKept++;
      if (!repeats) entry?.published.delete(key);
      throw error;
    }
  }

  // ---------------------------------------------------------------- clients

  /** A client joins, and says where it was. A promise when the store has to be asked. */
  join(topic: string, cursor: Cursor | null): JoinedLog | Promise<JoinedLog> {
    const entry = this.#entry(topic);
    entry.usedAt = this.#now();
    const asker = { cursor, looked: false };
    const known = this.#answer(entry, asker);
    return known ?? this.#wait(entry, cursor);
  }

  #wait(entry: SharedTopic, cursor: Cursor | null): Promise<JoinedLog> {
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        entry.asking.delete(asker);
        resolve(this.#unavailable(entry, cursor));
      }, JOIN_TIMEOUT_MS);
      const asker: Asker = {
        cursor,
        looked: false,
        answer: (joined) => {
          clearTimeout(late);
          entry.asking.delete(asker);
          resolve(joined);
        },
      };
      entry.asking.add(asker);
      this.#work(entry);
    });
  }

  /** Null when the store has to be asked. */
  #answer({ log, policy }: SharedTopic, { cursor, looked }: Pick<Asker, 'cursor' | 'looked'>): JoinedLog | null {
    if (log === null) return null;
    const now = this.#now();
    let missed: Recovered | null = null;
    if (cursor !== null) {
      const known = log.since(cursor, now);
      if (known === 'before' || known === 'after') {
        if (!looked) return null;
        // Further than anything that is kept: the store has lost what it had.
        missed = { recovered: false, reason: known === 'after' ? 'epoch' : 'window' };
      } else missed = known;
    }
    return { cursor: log.cursor, missed, last: policy.cachedMs === null ? null : log.last(now) };
  }

  #unavailable(entry: SharedTopic, cursor: Cursor | null): JoinedLog {
    const missed: Recovered | null = cursor === null ? null : { recovered: false, reason: 'unavailable' };
    if (entry.log !== null) return { cursor: entry.log.cursor, missed, last: null };
    entry.promised = true;
    return { cursor: NOWHERE, missed, last: null };
  }

  // ---------------------------------------------------------------- topics

  wanted(topic: string): Promise<void> | null {
    if (!this.keeps(topic)) return null;
    return this.#entry(topic).opened;
  }

  #entry(topic: string): SharedTopic {
    const known = this.#entries.get(topic);
    if (known !== undefined) return known;
    const entry = newSharedTopic(topic, this.#policy(topic) as TopicPolicy, this.#now());
    this.#entries.set(topic, entry);
    void this.#hub.join(topic, this.#member);
    const listening = (this.#store as TopicStore).listen(topic, (fresh) => this.#arrived(entry, fresh));
    void listening.then(() => {
      entry.working = false;
      this.#work(entry);
    });
    return entry;
  }

  expire(): void {
    const now = this.#now();
    for (const [topic, entry] of this.#entries) {
      entry.log?.expire(now);
      const linger = Math.min(entry.policy.recoverable?.maxAgeMs ?? 0, LINGER_MS);
      const used = this.#hub.isWanted(topic, this.#member) || entry.working || entry.asking.size > 0;
      if (used) entry.usedAt = now;
      if (now - entry.usedAt <= linger) continue;
      this.#entries.delete(topic);
      this.#store?.ignore(topic);
      this.#hub.leave(topic, this.#member);
    }
  }

  // ---------------------------------------------------------------- what is kept

  #arrived(entry: SharedTopic, fresh: FreshEvent): void {
    const { log } = entry;
    if (log !== null && !entry.behind && fresh.previous <= log.head) {
      this.#take(entry, log, fresh);
      return;
    }
    if (log !== null) entry.behind = true;
    if (entry.early.length < MAX_EARLY) entry.early.push(fresh);
    else entry.behind = true;
    this.#work(entry);
  }

  #take(entry: SharedTopic, log: SharedLog, stored: StoredEvent): void {
    if (!log.append(stored, this.#now())) return;
    const { event, payload, position, key } = stored;
    const publisher = entry.published.get(key);
    if (publisher !== undefined) entry.published.delete(key);
    this.#hub.deliverKept(entry.topic, { kind: 'event', event, payload }, publisher?.origin ?? null, publisher?.except, position);
  }

  /** After this anything may have been missed. */
  #ready(): void {
    this.#doubts++;
    for (const entry of this.#entries.values()) {
      entry.behind = true;
      this.#work(entry);
    }
  }

  /** Brings the log to where everybody can be answered; one at a time for a topic. When the store does not answer, `ready` goes on. */
  #work(entry: SharedTopic): void {
    if (entry.working || !this.#hasWork(entry) || this.#entries.get(entry.topic) !== entry) return;
    entry.working = true;
    void this.#turns.take(async () => {
      const doubts = this.#doubts;
      let failed = false;
      try {
        while (this.#hasWork(entry)) await this.#step(entry);
      } catch {
        // Those who ask are answered when their time is over.
        failed = true;
      }
      entry.working = false;
      entry.hasOpened();
      // The store has come back while it failed, or says so when it does; a request may also be lost without that.
      if (failed) setTimeout(() => this.#work(entry), this.#doubts === doubts ? RETRY_MS : 0).unref();
    });
  }

  #hasWork({ log, behind, asking }: SharedTopic): boolean {
    return log === null || behind || asking.size > 0;
  }

  async #step(entry: SharedTopic): Promise<void> {
    if (entry.log === null) await this.#begin(entry);
    else if (entry.behind) await this.#catchUp(entry, entry.log);
    else await this.#serve(entry, entry.log);
  }

  async #begin(entry: SharedTopic): Promise<void> {
    // What has come until now is before the head, or of another numbering.
    entry.early = [];
    const doubts = this.#doubts;
    const head = await (this.#store as TopicStore).head(entry.topic);
    entry.log = new SharedLog(entry.policy, head, this.#now());
    entry.behind = this.#doubts !== doubts;
    if (entry.promised) this.#hub.broken(new Set([entry.topic]));
    entry.promised = false;
    this.#takeEarly(entry, entry.log);
  }

  /** Clients that are there get what was missed as if nothing had happened. If that cannot be said, they have to come back. */
  async #catchUp(entry: SharedTopic, log: SharedLog): Promise<void> {
    this.counts.catchUps++;
    const doubts = this.#doubts;
    const excerpt = await (this.#store as TopicStore).read(entry.topic, log.head, Number.POSITIVE_INFINITY);
    if (excerpt.epoch !== log.epoch || !excerpt.complete) {
      entry.log = null;
      this.#hub.broken(new Set([entry.topic]));
      return;
    }
    for (const stored of excerpt.events) this.#take(entry, log, stored);
    entry.behind = this.#doubts !== doubts;
    this.#takeEarly(entry, log);
  }

  #takeEarly(entry: SharedTopic, log: SharedLog): void {
    const early = entry.early.splice(0);
    for (const [index, fresh] of early.entries()) {
      if (fresh.previous > log.head) {
        entry.early = early.slice(index);
        entry.behind = true;
        return;
      }
      this.#take(entry, log, fresh);
    }
  }

  async #serve(entry: SharedTopic, log: SharedLog): Promise<void> {
    for (const asker of [...entry.asking]) {
      const joined = this.#answer(entry, asker);
      if (joined !== null) asker.answer(joined);
    }
    const now = this.#now();
    const asking = Array.from(entry.asking, (asker) => ({ asker, at: asker.cursor as Cursor }));
    const after = asking.filter(({ at }) => log.since(at, now) === 'after');
    for (const { asker } of after.length > 0 ? after : asking) asker.looked = true;
    if (after.length > 0) entry.behind = true;
    if (asking.length === 0 || entry.behind) return;
    this.counts.reads++;
    const from = Math.min(...asking.map(({ at }) => at.position));
    log.prepend(from, await (this.#store as TopicStore).read(entry.topic, from, log.floor), this.#now());
  }
}

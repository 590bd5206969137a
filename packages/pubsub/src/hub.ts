import type { Adapter } from './adapter.js';
import type { Content, Scope } from './content.js';
import type { TopicStore } from './history/topic-store.js';
import { SeenIds } from './seen-ids.js';

/** A thread's topics, as the hub sees them. */
export interface HubMember {
  deliver(topic: string, content: Content): void;
}

/** The connections, as the hub sees them: only channel events reach them. */
export interface Fastlane {
  /** `position`: the event's place in its topic's log, if it has one. */
  publish(topic: string, content: Extract<Content, { kind: 'event' }>, except: number | undefined, position?: number): void;
  /** Events of these topics were missed that cannot be had any more: their clients have to come back. */
  broken(topics: ReadonlySet<string>): void;
}

/** Has the events of some topics kept in one order for all nodes. */
export interface Keeper {
  /** `repeatMs`: how long a repeat is known as one. */
  start(store: TopicStore, repeatMs: number): Promise<void>;
  keeps(topic: string): boolean;
  /** Why it can never be kept; null: it may be. */
  tooLarge(topic: string, content: Extract<Content, { kind: 'event' }>): string | null;
  /** Resolves when it is kept; false for a repeat. It comes back through `deliverKept`. */
  publish(
    topic: string,
    content: Extract<Content, { kind: 'event' }>,
    origin: HubMember | null,
    except: number | undefined,
  ): Promise<boolean>;
  /** Somebody on this node wants the topic; resolves when what is kept from now on arrives. Null for a topic that is not kept. */
  wanted(topic: string): Promise<void> | null;
}

/** Keeps events for those who come later. */
export interface Recorder {
  /** Called for each event before anybody gets it, whether somebody is there or not. Answers its place in the topic's log. */
  record(topic: string, content: Extract<Content, { kind: 'event' }>): number | undefined;
  /** Events of other nodes may have been lost. */
  gap(): void;
}

interface Topic {
  readonly members: Set<HubMember>;
  /** Connections that are subscribed. */
  connections: number;
  ready: Promise<void>;
  /** `ready` has been fulfilled. */
  confirmed: boolean;
  /** Given up, but the adapter's subscription lingers. */
  unused: NodeJS.Timeout | null;
}

/** Unless it is set otherwise. */
const SEEN_MS = 120_000;

const done = Promise.resolve();

/**
 * Where a node's topics come together: on the gateway. It knows which threads and connections want a topic, sends each
 * message to them once, and keeps the adapter subscribed as long as anybody does, and `lingerMs` more.
 */
export class Hub {
  readonly #topics = new Map<string, Topic>();
  readonly #lingerMs: number;
  adapter: Adapter | null = null;
  fastlane: Fastlane | null = null;
  recorder: Recorder | null = null;
  keeper: Keeper | null = null;
  seen: SeenIds = new SeenIds(SEEN_MS, () => performance.now());

  constructor(lingerMs = 5000) {
    this.#lingerMs = lingerMs;
  }

  /** Starts to take messages from other nodes through `adapter`. */
  async connect(adapter: Adapter): Promise<void> {
    this.adapter = adapter;
    if (adapter.store !== undefined) await this.keeper?.start(adapter.store, this.seen.windowMs);
    await adapter.start((topic, content) => this.#arrived(topic, content));
    await Promise.all(
      Array.from(this.#topics, ([name, topic]) => {
        confirmLater(topic, adapter.subscribe(name));
        return topic.ready;
      }),
    );
  }

  /** A thread subscribes. */
  join(topic: string, member: HubMember): Promise<void> {
    const entry = this.#entry(topic);
    entry.members.add(member);
    return entry.ready;
  }

  leave(topic: string, member: HubMember): void {
    const entry = this.#topics.get(topic);
    if (entry === undefined) return;
    entry.members.delete(member);
    this.#release(topic, entry);
  }

  /** A thread has ended. */
  drop(member: HubMember): void {
    for (const [topic, entry] of this.#topics) if (entry.members.has(member)) this.leave(topic, member);
  }

  /** A connection subscribes. Null when messages of other nodes arrive already. */
  connectionJoins(topic: string): Promise<void> | null {
    const entry = this.#entry(topic);
    entry.connections++;
    return entry.confirmed ? null : entry.ready;
  }

  connectionLeaves(topic: string): void {
    const entry = this.#topics.get(topic);
    if (entry === undefined) return;
    entry.connections--;
    this.#release(topic, entry);
  }

  hasConnections(topic: string): boolean {
    return (this.#topics.get(topic)?.connections ?? 0) > 0;
  }

  /** By anybody but `member`. */
  isWanted(topic: string, member: HubMember): boolean {
    const entry = this.#topics.get(topic);
    return entry !== undefined && (entry.connections > 0 || entry.members.size > (entry.members.has(member) ? 1 : 0));
  }

  /** This node was cut off from the others for a while. */
  gap(): void {
    this.recorder?.gap();
  }

  /**
   * From a thread (which has served its own processes) or from the gateway itself. False for a repeat: this node takes no
   * notice of it, the others are told, who may have missed the first.
   */
  publish(topic: string, content: Content, scope: Scope, origin: HubMember | null, except: number | undefined): boolean {
    if (this.#isKept(topic, content, scope)) {
      // What could not be kept is counted and reported there.
      this.keeper?.publish(topic, content, origin, except).catch(() => {});
      return true;
    }
    const isNew = this.#toNode(topic, content, origin, except);
    if (scope === 'cluster') this.adapter?.publish(topic, content);
    return isNew;
  }

  /** As `publish`, from the gateway; on topics that are kept for all nodes it resolves when it is, or rejects with `NotKept`. */
  publishKept(topic: string, content: Extract<Content, { kind: 'event' }>): boolean | Promise<boolean> {
    if (this.keeper !== null && this.#isKept(topic, content, 'cluster')) return this.keeper.publish(topic, content, null, undefined);
    return this.publish(topic, content, 'cluster', null, undefined);
  }

  /** Why `publishKept` would be in vain, whenever it is tried: what keeps the topic does not take so much. Null: it would not. */
  tooLarge(topic: string, content: Extract<Content, { kind: 'event' }>): string | null {
    return this.keeper !== null && this.#isKept(topic, content, 'cluster') ? this.keeper.tooLarge(topic, content) : null;
  }

  /** Bytes have no place in a log of JSON. */
  #isKept(topic: string, content: Content, scope: Scope): content is Extract<Content, { kind: 'event' }> {
    if (this.keeper === null || scope !== 'cluster' || content.kind !== 'event' || typeof content.payload !== 'string') return false;
    return this.keeper.keeps(topic);
  }

  /** What is kept for all nodes, in its order. */
  deliverKept(
    topic: string,
    content: Extract<Content, { kind: 'event' }>,
    origin: HubMember | null,
    except: number | undefined,
    position: number,
  ): void {
    const entry = this.#topics.get(topic);
    if (entry === undefined) return;
    if (entry.connections > 0) this.fastlane?.publish(topic, content, except, position);
    for (const member of entry.members) if (member !== origin) member.deliver(topic, content);
  }

  /** Clients of these topics have missed something for good. */
  broken(topics: ReadonlySet<string>): void {
    this.fastlane?.broken(topics);
  }

  #arrived(topic: string, content: Content): void {
    this.#toNode(topic, content, null, undefined);
  }

  #toNode(topic: string, content: Content, origin: HubMember | null, except: number | undefined): boolean {
    if (content.kind === 'event' && content.id !== undefined && !this.seen.isNew(topic, content.id)) return false;
    const position = content.kind === 'event' ? this.recorder?.record(topic, content) : undefined;
    const entry = this.#topics.get(topic);
    if (entry === undefined) return true;
    if (entry.connections > 0 && content.kind === 'event') {
      if (position === undefined) this.fastlane?.publish(topic, content, except);
      else this.fastlane?.publish(topic, content, except, position);
    }
    for (const member of entry.members) if (member !== origin) member.deliver(topic, content);
    return true;
  }

  #entry(topic: string): Topic {
    let entry = this.#topics.get(topic);
    if (entry === undefined) {
      entry = { members: new Set(), connections: 0, ready: done, confirmed: true, unused: null };
      this.#topics.set(topic, entry);
      const kept = this.keeper?.wanted(topic) ?? null;
      if (this.adapter !== null) {
        const subscribed = this.adapter.subscribe(topic);
        confirmLater(entry, kept === null ? subscribed : Promise.all([subscribed, kept]).then(() => {}));
      }
    } else if (entry.unused !== null) {
      clearTimeout(entry.unused);
      entry.unused = null;
    }
    return entry;
  }

  #release(topic: string, entry: Topic): void {
    if (entry.members.size > 0 || entry.connections > 0 || entry.unused !== null) return;
    if (this.adapter === null || this.#lingerMs === 0) {
      this.#end(topic);
      return;
    }
    entry.unused = setTimeout(() => this.#end(topic), this.#lingerMs);
    entry.unused.unref();
  }

  #end(topic: string): void {
    this.#topics.delete(topic);
    this.adapter?.unsubscribe(topic);
  }
}

/** An adapter that cannot confirm now does so when it is connected again; nobody waits for that. */
function confirmLater(topic: Topic, subscribed: Promise<void>): void {
  topic.confirmed = false;
  topic.ready = subscribed.then(
    () => {
      topic.confirmed = true;
    },
    () => {
      topic.confirmed = true;
    },
  );
}

import type { Pid } from '@rekindle/kernel';
import { attach, detach, type Kernel, Owned, type ProcessId, reports } from '@rekindle/kernel/internal';
import type { PubSub } from '@rekindle/pubsub';
import { byTopic, type Diff, type Entry, EntryTable, type Grouped, grouped, type Meta } from './entries.js';

export type PresenceErrorCode = 'already_tracked' | 'not_tracked';

/** A process is tracked under that key already, or is not. */
export class PresenceError extends Error {
  override readonly name = 'PresenceError';
  readonly code: PresenceErrorCode;
  constructor(code: PresenceErrorCode, topic: string, key: string) {
    super(
      `presence of key '${key}' on topic '${topic}': ${code === 'already_tracked' ? 'this process is tracked already' : 'this process is not tracked'}`,
    );
    this.code = code;
  }
}

/** What one process is tracked under; ends with the process. */
class Tracked extends Owned {
  readonly #replica: PresenceReplica;
  readonly entries = new Map<string, Entry>();

  constructor(replica: PresenceReplica, pid: ProcessId) {
    super();
    this.#replica = replica;
    attach(pid.proc, this);
  }

  override release(): void {
    this.#replica.ended(this.entries);
  }
}

/** Changes of one writer, as other replicas get them. */
export interface Delta {
  readonly joins: readonly Entry[];
  readonly leaves: readonly (readonly [topic: string, ref: string])[];
}

/** The writer's process, or null for this thread's own entries. */
type Writer = Pid | null;

/** Tells clients of a topic what has changed; the payload is JSON text. */
type Tell = (topic: string, payload: string) => void;

/** What a channel was given as the list of its topic, as far as it comes from elsewhere. */
interface Listed {
  readonly topic: string;
  readonly entries: ReadonlySet<Entry>;
  readonly push: (payload: string) => void;
}

/** Hears of a topic's diff; `presences` are the topic's now. */
export type HandleMetas = (topic: string, diff: { joins: unknown; leaves: unknown }, presences: Grouped) => void;

/** Turns presences into what the application's `fetch` makes of them, or a promise of that. */
export type Fetch = (topic: string, presences: Grouped) => unknown;

/**
 * One thread's copy of who is present. Each thread writes only entries of its own processes and learns the others' from
 * their writers; when a writer is lost, so are its entries. Reading is local.
 */
export class PresenceReplica {
  readonly #kernel: Kernel;
  readonly #fetch: Fetch;
  readonly #table = new EntryTable();
  readonly #tracked = new Map<ProcessId, Tracked>();
  readonly #byWriter = new Map<Pid, Map<string, Entry>>();
  readonly #listed = new Map<number, Listed>();
  readonly #toNode: Tell;
  readonly #toThread: Tell;
  readonly #handleMetas: HandleMetas | null;
  /** Tells the other replicas; set by the replica's process. */
  publish: (delta: Delta) => void = () => {};
  /** Has `caughtUp` called when what others had published so far has been received; set by the replica's process. */
  catchUp: ((listed: number) => void) | null = null;
  /** The last diff of each topic that waits for `fetch`; those after it wait for it. */
  readonly #fetching = new Map<string, Promise<void>>();
  #refs = 0;
  #lists = 0;

  /** `toThread` tells the clients that this thread serves. */
  constructor(kernel: Kernel, pubsub: PubSub, fetch: Fetch, toThread: Tell, handleMetas: HandleMetas | null = null) {
    this.#kernel = kernel;
    this.#fetch = fetch;
    this.#toNode = (topic, payload) => pubsub.broadcastEvent(topic, 'presence_diff', payload, 'node');
    this.#toThread = toThread;
    this.#handleMetas = handleMetas;
  }

  track(pid: ProcessId, topic: string, key: string, meta: object): string {
    let tracked = this.#tracked.get(pid);
    if (tracked?.entries.has(id(topic, key)) === true) throw new PresenceError('already_tracked', topic, key);
    if (tracked === undefined) {
      tracked = new Tracked(this, pid);
      this.#tracked.set(pid, tracked);
    }
    const ref = this.#nextRef();
    const entry: Entry = { topic, key, pid, meta: { ...meta, phx_ref: ref } };
    tracked.entries.set(id(topic, key), entry);
    this.#apply({ joins: [entry], leaves: [] }, null, this.#toNode);
    return ref;
  }

  update(pid: ProcessId, topic: string, key: string, change: (meta: Meta) => object): string {
    const tracked = this.#tracked.get(pid);
    const old = tracked?.entries.get(id(topic, key));
    if (tracked === undefined || old === undefined) throw new PresenceError('not_tracked', topic, key);
    const ref = this.#nextRef();
    const entry: Entry = { ...old, meta: { ...change(old.meta), phx_ref: ref, phx_ref_prev: old.meta.phx_ref } };
    tracked.entries.set(id(topic, key), entry);
    this.#apply({ joins: [entry], leaves: [old] }, null, this.#toNode);
    return ref;
  }

  untrack(pid: ProcessId, topic: string, key: string): void {
    const tracked = this.#tracked.get(pid);
    const entry = tracked?.entries.get(id(topic, key));
    if (tracked === undefined || entry === undefined) return;
    tracked.entries.delete(id(topic, key));
    if (tracked.entries.size === 0) {
      detach(tracked);
      this.#tracked.delete(pid);
    }
    this.#apply({ joins: [], leaves: [entry] }, null, this.#toNode);
  }

  list(topic: string): unknown {
    return this.#fetch(topic, grouped(this.#table.of(topic)));
  }

  /**
   * A channel gets the list of its topic. What another thread announced before the channel joined may still be on its way
   * here: the channel has missed the announcement and does not find it in the list. It is pushed when it has come.
   */
  listFor(topic: string, push: (payload: string) => void): unknown {
    if (this.catchUp !== null) {
      const id = ++this.#lists;
      this.#listed.set(id, { topic, entries: new Set(this.#fromElsewhere(topic)), push });
      this.catchUp(id);
    }
    return this.list(topic);
  }

  caughtUp(id: number): void {
    const listed = this.#listed.get(id);
    if (listed === undefined) return;
    this.#listed.delete(id);
    const now = new Set(this.#fromElsewhere(listed.topic));
    const joins = [...now].filter((entry) => !listed.entries.has(entry));
    const leaves = [...listed.entries].filter((entry) => !now.has(entry));
    this.#tell({ joins, leaves }, (_topic, payload) => listed.push(payload));
  }

  *#fromElsewhere(topic: string): Iterable<Entry> {
    for (const entry of this.#table.of(topic)) if (!entry.pid.isLocal) yield entry;
  }

  getByKey(topic: string, key: string): unknown {
    const entries = [...this.#table.of(topic)].filter((entry) => entry.key === key);
    if (entries.length === 0) return undefined;
    const presences = this.#fetch(topic, grouped(entries));
    const only = (all: unknown): unknown => (all as { [key: string]: unknown })[key];
    return presences instanceof Promise ? presences.then(only) : only(presences);
  }

  get size(): number {
    return this.#table.size;
  }

  /** This thread's own entries, for a replica that has just started. */
  own(): Entry[] {
    return Array.from(this.#tracked.values(), (tracked) => [...tracked.entries.values()]).flat();
  }

  /** Another writer's changes. `announce`: this replica tells the node's clients. */
  received(writer: Pid, { joins, leaves }: Delta, announce: boolean): void {
    const left: Entry[] = [];
    const known = this.#of(writer);
    for (const [, ref] of leaves) {
      const entry = known.get(ref);
      if (entry !== undefined) left.push(entry);
    }
    this.#apply({ joins, leaves: left }, writer, announce ? this.#toNode : null);
  }

  /**
   * All of another writer's entries: what is not among them has left. This thread's clients are told in any case: those who
   * joined before the replica knew the writer have not found its entries in their list.
   */
  replaced(writer: Pid, entries: readonly Entry[], announce: boolean): void {
    const now = new Set(entries.map((entry) => entry.meta.phx_ref));
    const gone = [...this.#of(writer).values()].filter((entry) => !now.has(entry.meta.phx_ref));
    const known = this.#of(writer);
    const joins = entries.filter((entry) => !known.has(entry.meta.phx_ref));
    this.#apply({ joins, leaves: gone }, writer, announce ? this.#toNode : this.#toThread);
  }

  /** The writer's thread or node is gone. */
  lost(writer: Pid, announce: boolean): void {
    const leaves = [...(this.#byWriter.get(writer)?.values() ?? [])];
    this.#apply({ joins: [], leaves }, writer, announce ? this.#toNode : null);
    this.#byWriter.delete(writer);
  }

  /** A tracked process has ended. */
  ended(entries: ReadonlyMap<string, Entry>): void {
    const leaves = [...entries.values()];
    const [first] = leaves;
    if (first === undefined) return;
    this.#tracked.delete(first.pid);
    this.#apply({ joins: [], leaves }, null, this.#toNode);
  }

  #of(writer: Pid): Map<string, Entry> {
    let entries = this.#byWriter.get(writer);
    if (entries === undefined) this.#byWriter.set(writer, (entries = new Map()));
    return entries;
  }

  #apply(diff: Diff, writer: Writer, tell: Tell | null): void {
    const own = writer === null ? null : this.#of(writer);
    for (const entry of diff.leaves) {
      this.#table.remove(entry.topic, entry.meta.phx_ref);
      own?.delete(entry.meta.phx_ref);
    }
    for (const entry of diff.joins) {
      this.#table.add(entry);
      own?.set(entry.meta.phx_ref, entry);
    }
    if (tell !== null) this.#tell(diff, tell);
    if (writer === null)
      this.publish({ joins: diff.joins, leaves: diff.leaves.map((entry) => [entry.topic, entry.meta.phx_ref] as const) });
  }

  #tell(diff: Diff, tell: Tell): void {
    for (const [topic, { joins, leaves }] of byTopic(diff)) {
      const fetched = [this.#fetched(topic, joins), this.#fetched(topic, leaves)] as const;
      const heard = tell === this.#toNode && this.#handleMetas !== null ? grouped(this.#table.of(topic)) : null;
      if (!this.#fetching.has(topic) && !fetched.some((part) => part instanceof Promise)) this.#told(topic, fetched, tell, heard);
      else this.#tellLater(topic, { joins, leaves }, fetched, tell, heard);
    }
  }

  /** A topic's diffs are told in their order, however long `fetch` takes for each; what it cannot add to is told as it is. */
  #tellLater(topic: string, { joins, leaves }: Diff, fetched: readonly [unknown, unknown], tell: Tell, heard: Grouped | null): void {
    const complete = Promise.all(fetched).catch((error: unknown) => {
      reports.reportStrayError(error);
      return [grouped(joins), grouped(leaves)] as const;
    });
    const before = this.#fetching.get(topic);
    const told = Promise.all([complete, before])
      .then(([parts]) => this.#told(topic, parts, tell, heard))
      .catch((error: unknown) => reports.reportStrayError(error))
      .finally(() => {
        if (this.#fetching.get(topic) === told) this.#fetching.delete(topic);
      });
    this.#fetching.set(topic, told);
  }

  #told(topic: string, [joins, leaves]: readonly [unknown, unknown], tell: Tell, heard: Grouped | null): void {
    tell(topic, JSON.stringify({ joins, leaves }));
    if (heard !== null && this.#handleMetas !== null) this.#changed(this.#handleMetas, topic, { joins, leaves }, heard);
  }

  #fetched(topic: string, entries: readonly Entry[]): unknown {
    if (entries.length === 0) return {};
    try {
      return this.#fetch(topic, grouped(entries));
    } catch (error) {
      reports.reportStrayError(error);
      return grouped(entries);
    }
  }

  #changed(handleMetas: HandleMetas, topic: string, diff: { joins: unknown; leaves: unknown }, presences: Grouped): void {
    try {
      handleMetas(topic, diff, presences);
    } catch (error) {
      reports.reportStrayError(error);
    }
  }

  #nextRef(): string {
    const { node, incarnation, thread } = this.#kernel.here;
    this.#refs++;
    return Buffer.from(`${node}.${incarnation.toString(36)}.${thread}.${this.#refs.toString(36)}`).toString('base64url');
  }
}

function id(topic: string, key: string): string {
  return `${topic.length}:${topic}${key}`;
}

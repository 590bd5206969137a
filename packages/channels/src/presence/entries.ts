import type { ProcessId } from '@rekindle/kernel/internal';

/** What a presence carries, with the references the client tells presences apart by. */
export type Meta = { readonly phx_ref: string; readonly phx_ref_prev?: string } & { readonly [field: string]: unknown };

/** One tracked process under one key of one topic. */
export interface Entry {
  readonly topic: string;
  readonly key: string;
  readonly pid: ProcessId;
  readonly meta: Meta;
}

/** `{ key: { metas: [...] } }`, as clients know it. */
export type Grouped = { [key: string]: { metas: Meta[] } };

export interface Diff {
  readonly joins: readonly Entry[];
  readonly leaves: readonly Entry[];
}

/** Groups entries by key. Keys come from users: `__proto__` is a key like any other. */
export function grouped(entries: Iterable<Entry>): Grouped {
  const byKey = new Map<string, { metas: Meta[] }>();
  for (const { key, meta } of entries) {
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, { metas: [meta] });
    else known.metas.push(meta);
  }
  return Object.fromEntries(byKey);
}

/** Splits a diff by topic. */
export function byTopic({ joins, leaves }: Diff): Map<string, { joins: Entry[]; leaves: Entry[] }> {
  const topics = new Map<string, { joins: Entry[]; leaves: Entry[] }>();
  const of = (topic: string): { joins: Entry[]; leaves: Entry[] } => {
    let diff = topics.get(topic);
    if (diff === undefined) topics.set(topic, (diff = { joins: [], leaves: [] }));
    return diff;
  };
  for (const entry of leaves) of(entry.topic).leaves.push(entry);
  for (const entry of joins) of(entry.topic).joins.push(entry);
  return topics;
}

/** The entries of all writers, by topic. An entry is known by its reference. */
export class EntryTable {
  readonly #topics = new Map<string, Map<string, Entry>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(entry: Entry): boolean {
    let topic = this.#topics.get(entry.topic);
    if (topic === undefined) this.#topics.set(entry.topic, (topic = new Map()));
    if (topic.has(entry.meta.phx_ref)) return false;
    topic.set(entry.meta.phx_ref, entry);
    this.#size++;
    return true;
  }

  remove(topic: string, ref: string): Entry | undefined {
    const entries = this.#topics.get(topic);
    const entry = entries?.get(ref);
    if (entries === undefined || entry === undefined) return undefined;
    entries.delete(ref);
    if (entries.size === 0) this.#topics.delete(topic);
    this.#size--;
    return entry;
  }

  of(topic: string): Iterable<Entry> {
    return this.#topics.get(topic)?.values() ?? [];
  }

  *all(): Iterable<Entry> {
    for (const topic of this.#topics.values()) yield* topic.values();
  }
}

import type { NameStore } from './name-store.js';
import { type LeaseRecord, leaseKey, leaseRecord } from './records.js';

interface Seen {
  readonly revision: number;
  /** When it was first seen, by the clock of this node. */
  readonly since: number;
}

/**
 * What other nodes' leases say, without a clock that both know: one that is still the same after its whole time has not been renewed
 * for at least as long. It is seen after it was written, so whoever wrote it has given up before.
 */
export class OtherLeases {
  readonly #store: NameStore;
  readonly #leaseMs: number;
  readonly #now: () => number;
  readonly #seen = new Map<string, Seen>();

  /** `leaseMs` is this node's, and taken to be that of nodes whose lease the store has lost. */
  constructor(store: NameStore, leaseMs: number, now: () => number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
    this.#now = now;
  }

  /** True if that run of the node has no names any more. */
  async isOver(node: string, incarnation: number): Promise<boolean> {
    const looked = await this.look(node);
    if (looked === undefined) return false;
    const { record, unchangedMs } = looked;
    if (record !== undefined && record.incarnation > incarnation) return true;
    if (record !== undefined && record.incarnation === incarnation && record.left) return true;
    return unchangedMs >= (record?.leaseMs ?? this.#leaseMs);
  }

  /** What is there, and for how long this has been seen. */
  async look(node: string): Promise<{ readonly record: LeaseRecord | undefined; readonly unchangedMs: number } | undefined> {
    const entry = await this.#store.read(leaseKey(node));
    if (entry === 'unknown') return undefined;
    const now = this.#now();
    const revision = entry?.revision ?? 0;
    let seen = this.#seen.get(node);
    if (seen?.revision !== revision) this.#seen.set(node, (seen = { revision, since: now }));
    return { record: entry === null ? undefined : leaseRecord(entry.value), unchangedMs: now - seen.since };
  }
}

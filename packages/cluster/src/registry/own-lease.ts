import type { LeaseTiming } from './lease-timing.js';
import type { NameStore } from './name-store.js';
import { type LeaseRecord, leaseKey, leaseRecord } from './records.js';

/** This node's right to have names: as long as it says often enough that it is there. */
export class OwnLease {
  readonly #store: NameStore;
  readonly #timing: LeaseTiming;
  readonly #now: () => number;
  readonly #key: string;
  readonly #incarnation: number;
  #revision = 0;
  /** Whether that is its revision, as far as this node has written it. */
  #isCertain = true;
  /** When the last renewal that was confirmed in time was begun. */
  #begun: number | null = null;
  /** Grows whenever it holds again after it had run out. */
  term = 0;

  constructor(store: NameStore, timing: LeaseTiming, now: () => number, node: string, incarnation: number) {
    this.#store = store;
    this.#timing = timing;
    this.#now = now;
    this.#key = leaseKey(node);
    this.#incarnation = incarnation;
  }

  /** Milliseconds for which it holds; 0 or less when it does not. */
  get leftMs(): number {
    return this.#begun === null ? 0 : this.#begun + this.#timing.ownerMs - this.#now();
  }

  /** Whether it was renewed. A later run of this node keeps an earlier one from it for good. */
  renew(): Promise<boolean> {
    return this.#write(false);
  }

  /** Others need not wait for its end: this node has no names, and gets none any more. */
  async leave(): Promise<void> {
    this.#begun = null;
    await this.#write(true);
  }

  /** When it was last renewed, on the store's clock. */
  async writtenAt(): Promise<number | undefined> {
    const entry = await this.#store.read(this.#key);
    return entry === null || entry === 'unknown' ? undefined : entry.writtenAt;
  }

  async #write(left: boolean): Promise<boolean> {
    if (this.#isCertain) {
      const written = await this.#tryWrite(left);
      // Whether it was written is found out by the next renewal: in an outage a question more would only take time.
      if (written !== 'conflict') return written;
    }
    const entry = await this.#store.read(this.#key);
    if (entry === 'unknown') return false;
    const other = entry === null ? undefined : leaseRecord(entry.value);
    if (other !== undefined && other.incarnation > this.#incarnation) {
      this.#begun = null;
      return false;
    }
    this.#revision = entry?.revision ?? 0;
    return (await this.#tryWrite(left)) === true;
  }

  async #tryWrite(left: boolean): Promise<boolean | 'conflict'> {
    const { leaseMs, ownerMs, requestMs } = this.#timing;
    const begun = this.#now();
    const record: LeaseRecord = { incarnation: this.#incarnation, leaseMs, left };
    const written = await this.#store.write(this.#key, JSON.stringify(record), this.#revision);
    this.#isCertain = typeof written === 'number';
    if (typeof written !== 'number') return written === 'conflict' ? 'conflict' : false;
    this.#revision = written;
    // The answer may have been there long ago, while this process stood still.
    if (this.#now() - begun > requestMs) return false;
    if (left) return true;
    if (this.#begun === null || begun > this.#begun + ownerMs) this.term++;
    this.#begun = begun;
    return true;
  }
}

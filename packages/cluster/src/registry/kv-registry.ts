import type { FencingToken, Host, NameRegistry, ProcessId, RegistryAnswer } from '@rekindle/kernel/internal';
import { Cycle } from './cycle.js';
import { type Epoch, readEpoch } from './epoch.js';
import { InTurn, inChunks } from './in-turn.js';
import { type LeaseTiming, leaseTiming } from './lease-timing.js';
import type { NameStore, StoreFailure } from './name-store.js';
import { OtherLeases } from './other-leases.js';
import { OwnLease } from './own-lease.js';
import { type NameRecord, nameKey, nameRecord } from './records.js';
import { SilentNodes } from './silent-nodes.js';

export type RegistryEvent =
  /** Whether names can be given away and kept. */
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly failure: StoreFailure }
  /** The lease ran out. */
  | { readonly type: 'lease_lost'; readonly names: number; readonly kept: boolean }
  /** The store does not hold any more what it held. */
  | { readonly type: 'lost'; readonly names: number };

export interface RegistryOptions {
  readonly host: Host;
  readonly node: string;
  readonly incarnation: number;
  readonly store: NameStore;
  readonly leaseMs: number;
  /** What becomes of the owners of names when the lease has run out. */
  readonly onLeaseLoss: 'exit' | 'keep';
  /** The highest epoch that any node has told of. */
  readonly seenEpoch: () => number;
  readonly events: {
    forfeit(name: string, owner: ProcessId): void;
    renewed(name: string, owner: ProcessId, token: FencingToken): void;
    report(event: RegistryEvent): void;
  };
}

interface Owned {
  readonly owner: ProcessId;
  readonly nonce: string;
  readonly revision: number;
}

/** How many names are worked on at a time. */
const AT_ONCE = 64;

/**
 * Names written down in a store that compares and sets, with one lease per node. The store arbitrates; it is not believed to keep
 * what it has confirmed. Whoever reads it may overwrite an entry of a run that has left, has been followed by another one, or has not
 * renewed its lease, and of this node itself if it does not have the name.
 */
export class KvRegistry implements NameRegistry {
  readonly #options: RegistryOptions;
  readonly #timing: LeaseTiming;
  readonly #lease: OwnLease;
  readonly #others: OtherLeases;
  readonly #turns = new InTurn();
  readonly #owned = new Map<string, Owned>();
  /** Names that this node has given up, and that may still be written down for it. */
  readonly #debts = new Set<string>();
  /** Names of this node that have to be written down again. */
  readonly #unwritten = new Set<string>();
  readonly #silent: SilentNodes;
  readonly #cycle: Cycle;
  #epoch: Epoch | null = null;
  /** Names are given away from then on, by this node's clock. */
  #openAt = 0;
  #opened = false;
  #held = false;
  /** Of the lease, as far as its consequences have been drawn. */
  #term = 0;
  #failure: string | null = null;
  #misuse: string | null = null;
  #leaving: Promise<void> | null = null;
  #nonces = 0;
  #stopped = false;
  #leaseEnd: unknown = null;

  constructor(options: RegistryOptions) {
    const { host, node, incarnation, store, leaseMs } = options;
    this.#options = options;
    this.#timing = leaseTiming(leaseMs);
    this.#lease = new OwnLease(store, this.#timing, () => host.now(), node, incarnation);
    this.#others = new OtherLeases(store, leaseMs, () => host.now());
    this.#silent = new SilentNodes(host, this.#others, this.#timing);
    this.#cycle = new Cycle(host, () => this.#renew(), this.#timing.renewMs);
  }

  /** There is a connection, perhaps again. Resolves when what can be done at once has been done. */
  connected(): Promise<void> {
    return this.#cycle.now();
  }

  /** Why names can neither be given away nor kept, if that will not pass by itself. */
  get misuse(): string | null {
    return this.#misuse;
  }

  /** Gives up what is left and says so: others need not wait for the end of the lease. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    this.#stopped = true;
    this.#options.host.clearTimer(this.#leaseEnd);
    this.#silent.stop();
    await this.#cycle.stop();
    this.#forfeitAll();
    await this.#turns.done();
    if (this.#opened) await this.#lease.leave();
  }

  /** Such a node is not heard of: its lease may be running out. */
  notHeard(node: string): void {
    this.#silent.add(node);
  }

  heard(node: string): void {
    this.#silent.delete(node);
  }

  // ---------------------------------------------------------------- names

  claim(name: string, owner: ProcessId): Promise<RegistryAnswer> {
    if (this.#stopped || !this.#mayGive) return Promise.resolve(null);
    return this.#turns.run(name, () => (this.#owned.has(name) ? null : this.#write(name, owner)));
  }

  release(name: string, owner: ProcessId): void {
    const owned = this.#owned.get(name);
    if (owned?.owner !== owner) return;
    this.#owned.delete(name);
    this.#unwritten.delete(name);
    void this.#turns.run(name, async () => {
      if (!(await this.#options.store.remove(nameKey(name), owned.revision))) this.#debts.add(name);
    });
  }

  recheck(name: string): void {
    void this.#turns.run(name, () => this.#takeOut(name));
  }

  get #mayGive(): boolean {
    return this.#opened && this.#epoch !== null && this.#lease.leftMs > 0 && this.#options.host.now() >= this.#openAt;
  }

  async #write(name: string, owner: ProcessId): Promise<RegistryAnswer> {
    const { store, node, incarnation } = this.#options;
    const { id } = this.#epoch as Epoch;
    const { term } = this.#lease;
    const key = nameKey(name);
    const nonce = `${incarnation.toString(36)}-${++this.#nonces}`;
    const record: NameRecord = { name, node, incarnation, pid: String(owner), nonce };
    for (let expected = 0, attempt = 0; attempt < 4; attempt++) {
      const written = await store.write(key, JSON.stringify(record), expected);
      if (typeof written === 'number') return this.#written(name, owner, nonce, written, id, term);
      // Who has it, or whether it was written all the same.
      const entry = await store.read(key);
      if (entry === 'unknown') break;
      const holder = nameRecord(entry?.value ?? null);
      if (entry !== null && holder?.nonce === nonce && holder.node === node) {
        return this.#written(name, owner, nonce, entry.revision, id, term);
      }
      if (holder !== undefined && !(await this.#isFree(holder))) return { heldOn: holder.node };
      expected = entry?.revision ?? 0;
    }
    this.#debts.add(name);
    return null;
  }

  /** Of no use unless the store is still the one whose epoch is known, and the lease still holds. */
  async #written(name: string, owner: ProcessId, nonce: string, revision: number, id: string, term: number): Promise<RegistryAnswer> {
    const epoch = await this.#readEpoch();
    const isSame = epoch?.id === id && this.#epoch?.id === id;
    if (!isSame || this.#lease.term !== term || this.#lease.leftMs <= 0 || this.#stopped) {
      this.#debts.add(name);
      if (!isSame) void this.#cycle.now();
      return null;
    }
    this.#owned.set(name, { owner, nonce, revision });
    return { token: { epoch: epoch.counter, revision } };
  }

  async #isFree({ node, incarnation }: NameRecord): Promise<boolean> {
    if (node !== this.#options.node) return this.#others.isOver(node, incarnation);
    return incarnation <= this.#options.incarnation;
  }

  /** Takes out what is written down for this run and nobody here has. */
  async #takeOut(name: string): Promise<void> {
    const { store, node, incarnation } = this.#options;
    const entry = await store.read(nameKey(name));
    if (entry === 'unknown') return;
    this.#debts.delete(name);
    const record = nameRecord(entry?.value ?? null);
    if (entry === null || record?.node !== node || record.incarnation !== incarnation) return;
    if (record.nonce === this.#owned.get(name)?.nonce) return;
    if (!(await store.remove(nameKey(name), entry.revision))) this.#debts.add(name);
  }

  // ---------------------------------------------------------------- the lease

  async #renew(): Promise<boolean> {
    const { store } = this.#options;
    if (!this.#opened) {
      const failure = await store.open();
      this.#report(failure);
      if (failure !== null) return false;
    }
    const isRenewed = await this.#lease.renew();
    if (this.#lease.term !== this.#term) {
      // It had run out before, and nobody had the time to notice.
      this.#lapse();
      this.#term = this.#lease.term;
    }
    if (!isRenewed) {
      this.#opened = false;
      return false;
    }
    const wasHeld = this.#held;
    this.#held = true;
    this.#watchLease();
    if (!(await this.#learnEpoch())) return false;
    this.#opened = true;
    // Those that were kept may have been taken by others meanwhile.
    if (!wasHeld) for (const name of this.#owned.keys()) this.#unwritten.add(name);
    await inChunks([...this.#unwritten], AT_ONCE, (name) => this.#turns.run(name, () => this.#writeAgain(name)));
    await inChunks([...this.#debts], AT_ONCE, (name) => this.#turns.run(name, () => this.#takeOut(name)));
    return true;
  }

  #report(failure: StoreFailure | null): void {
    const said = failure?.message ?? null;
    this.#misuse = failure?.code === 'unavailable' ? null : said;
    if (said === this.#failure) return;
    this.#failure = said;
    this.#options.events.report(failure === null ? { type: 'ready' } : { type: 'failed', failure });
  }

  /** Timers count whole milliseconds, and may be early by a part of one. */
  #watchLease(): void {
    const { host } = this.#options;
    const { leftMs } = this.#lease;
    host.clearTimer(this.#leaseEnd);
    if (leftMs <= 0) this.#lapse();
    else this.#leaseEnd = host.setTimer(() => this.#watchLease(), Math.ceil(leftMs));
  }

  #lapse(): void {
    if (!this.#held) return;
    this.#held = false;
    const kept = this.#options.onLeaseLoss === 'keep';
    this.#options.events.report({ type: 'lease_lost', names: this.#owned.size, kept });
    if (!kept) this.#forfeitAll();
  }

  #forfeitAll(): void {
    for (const name of [...this.#owned.keys()]) this.#forfeit(name);
  }

  #forfeit(name: string): void {
    const owned = this.#owned.get(name);
    if (owned === undefined) return;
    this.#owned.delete(name);
    this.#unwritten.delete(name);
    this.#debts.add(name);
    this.#options.events.forfeit(name, owned.owner);
  }

  // ---------------------------------------------------------------- a store that is not the same any more

  async #learnEpoch(): Promise<boolean> {
    const { host, events } = this.#options;
    const epoch = await this.#readEpoch();
    if (epoch === undefined) return false;
    if (epoch.id === this.#epoch?.id) return true;
    const { windowMs } = this.#timing;
    if (this.#epoch === null) {
      // Whoever had names before may not have noticed yet.
      const age = ((await this.#lease.writtenAt()) ?? 0) - epoch.writtenAt;
      this.#openAt = host.now() + Math.min(windowMs, Math.max(0, windowMs - age));
    } else {
      this.#openAt = host.now() + windowMs;
      for (const name of this.#owned.keys()) this.#unwritten.add(name);
      events.report({ type: 'lost', names: this.#owned.size });
    }
    this.#epoch = epoch;
    return true;
  }

  #readEpoch(): Promise<Epoch | undefined> {
    const { store, host, seenEpoch } = this.#options;
    // Later than all that are known, and than those that nobody who is there knows of any more.
    const atLeast = (): number => Math.max(seenEpoch() + 1, (this.#epoch?.counter ?? 0) + 1, Math.floor(host.wallTime()));
    return readEpoch(store, atLeast, () => host.random());
  }

  async #writeAgain(name: string): Promise<void> {
    const owned = this.#owned.get(name);
    if (owned === undefined || !this.#unwritten.has(name)) return;
    const { store } = this.#options;
    const entry = await store.read(nameKey(name));
    if (entry === 'unknown') return;
    const { owner, nonce, revision } = owned;
    const isThere = entry !== null && entry.revision === revision && nameRecord(entry.value)?.nonce === nonce;
    const answer = isThere ? null : await this.#write(name, owner);
    if (!this.#unwritten.has(name)) {
      // Given up meanwhile.
      if (this.#owned.delete(name)) this.#debts.add(name);
    } else if (isThere) this.#unwritten.delete(name);
    else if (answer === null) return;
    else if ('heldOn' in answer) this.#forfeit(name);
    else {
      this.#unwritten.delete(name);
      this.#options.events.renewed(name, owner, answer.token);
    }
  }
}

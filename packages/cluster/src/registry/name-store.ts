export interface StoredEntry {
  /** Of the whole store, and growing: no two writes have the same. */
  readonly revision: number;
  /** Null for one that somebody has deleted and that has left a mark. */
  readonly value: string | null;
  /** On the store's own clock. */
  readonly writtenAt: number;
}

/** Why the store cannot be used. `no_jetstream` and `bad_bucket` do not pass by themselves. */
export interface StoreFailure {
  readonly code: 'no_jetstream' | 'bad_bucket' | 'unavailable';
  readonly message: string;
}

/**
 * What the registry needs of a key-value store: writes that compare, and reads that see all writes that were confirmed before.
 * Nothing here rejects. `unknown` is no answer in time: a write may have been done, or may be done later.
 */
export interface NameStore {
  /** Makes what has to be there. Null when it can be used. */
  open(): Promise<StoreFailure | null>;
  read(key: string): Promise<StoredEntry | null | 'unknown'>;
  /** `expected` is the key's revision, 0 if there must be none. The answer is the new one. */
  write(key: string, value: string, expected: number): Promise<number | 'conflict' | 'unknown'>;
  /** Takes the entry out without a trace if it has that revision, or an earlier one. False: unknown. */
  remove(key: string, revision: number): Promise<boolean>;
}

import { kernel } from '@rekindle/kernel/internal';
import { checkKey, PERSISTENT } from './store.js';
import { DONE, FULL, type OpenTable, type Store } from './store-client.js';
import { codecOf, store } from './table.js';
import { TableError } from './table-error.js';
import { TableReader } from './table-memory.js';

interface Known {
  readonly id: number;
  readonly reader: TableReader;
  /** What this thread has decoded, by key. */
  readonly values: Map<string, { readonly version: number; readonly value: unknown }>;
}

const known = new WeakMap<Store, Known>();

function terms(): Known {
  const own = store();
  let terms = known.get(own);
  if (terms === undefined) {
    const { id, memory } = own.ask(['open', PERSISTENT]).table as OpenTable;
    known.set(own, (terms = { id, reader: new TableReader(memory), values: new Map() }));
  }
  return terms;
}

/**
 * Values that all threads of the node read often and that change rarely: settings, routes. `get` gives the same object every
 * time until it is changed, for less than a microsecond, so it must not be changed in place; `put` and `erase` cost what a
 * `Table`'s do, and every thread decodes the new value once. The values stay for as long as the node. OTP: `persistent_term`.
 *
 * Errors: `badarg` for a key that is no string of at most 4,096 characters, `not_sendable`, `table_full` past 64 MiB.
 */
export const persistentTerm: PersistentTerm = {
  get<V>(key: string, otherwise?: V): V | undefined {
    checkKey('persistentTerm.get', key);
    const { reader, values } = terms();
    const version = reader.version(key);
    if (version === 0) {
      values.delete(key);
      return otherwise;
    }
    const kept = values.get(key);
    if (kept?.version === version) return kept.value as V;
    const found = reader.find(key);
    if (found === undefined) return otherwise;
    const value = codecOf(kernel()).decode(found.value);
    values.set(key, { version: found.version, value });
    return value as V;
  },

  put(key: string, value: unknown): void {
    checkKey('persistentTerm.put', key);
    const bytes = Uint8Array.from(codecOf(kernel()).encode(value));
    const { code } = store().ask(['put', terms().id, key, bytes]);
    if (code === FULL) throw new TableError('table_full', `persistentTerm has no room for '${key}' (${bytes.length} bytes)`);
  },

  erase(key: string): boolean {
    checkKey('persistentTerm.erase', key);
    return store().ask(['delete', terms().id, key]).code === DONE;
  },
};

/** Values that all threads read and hardly anybody changes. OTP: `persistent_term`. */
export interface PersistentTerm {
  get<V>(key: string, otherwise: V): V;
  get<V = unknown>(key: string): V | undefined;
  put(key: string, value: unknown): void;
  /** Whether the key had a value. */
  erase(key: string): boolean;
}

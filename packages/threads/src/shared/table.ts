import { MisuseError } from '@rekindle/kernel';
import { Codec, current, type Kernel, kernel } from '@rekindle/kernel/internal';
import { checkKey, StoreOwner, storeOf } from './store.js';
import { DONE, FULL, NO_TABLE, NOT_DONE, type OpenTable, type Store, type StoreAnswer, type StoreRequest } from './store-client.js';
import { TableError } from './table-error.js';
import { DEFAULT_TABLE_BYTES, TableReader } from './table-memory.js';

/** How a table is made. */
export interface TableOptions {
  /** What the table may take, in bytes: 65,536 to 268,435,456. Memory is taken as it is needed. Default 64 MiB. */
  readonly maxBytes?: number;
}

/** This thread's store; a kernel without other threads has one of its own. */
export function store(): Store {
  return storeOf(() => new StoreOwner(kernel()));
}

const codecs = new WeakMap<Kernel, Codec>();

export function codecOf(own: Kernel): Codec {
  let codec = codecs.get(own);
  if (codec === undefined) codecs.set(own, (codec = new Codec(own)));
  return codec;
}

/**
 * A table of values by key that all threads of the node read and write. OTP: a public named `ets` table of type `set`.
 *
 * `get` and `select` read shared memory: no message, nobody is waited for, and a value that `put` has returned from is seen
 * by every thread. They copy and decode: about a microsecond for a small value. `put` and `delete` are done by the gateway's
 * thread, one after the other; the calling thread stands still meanwhile, some tens of microseconds while the gateway is not
 * busy: for thousands of changes a second, not for hundreds of thousands. A thread that is ended at any moment leaves each
 * change done or not done. Values are copies: whatever can be sent to another thread, except shared memory.
 *
 * Errors: `no_table` when the table has ended with its owner, `table_full`, `badarg` for a key that is no string of at most
 * 4,096 characters, `not_sendable`.
 */
export class Table<V = unknown> {
  readonly name: string;
  readonly #id: number;
  readonly #reader: TableReader;

  private constructor(name: string, { id, memory }: OpenTable) {
    this.name = name;
    this.#id = id;
    this.#reader = new TableReader(memory);
  }

  /** Makes a table that ends with the process that makes it. Throws `already_exists`. OTP: `ets:new/2`. */
  static create<V = unknown>(name: string, { maxBytes = DEFAULT_TABLE_BYTES }: TableOptions = {}): Table<V> {
    checkKey('Table.create', name);
    if (!Number.isInteger(maxBytes) || maxBytes < 1 << 16 || maxBytes > 1 << 28) {
      throw new MisuseError(
        'bad_option',
        `Table.create: maxBytes: expected a whole number from 65,536 to 268,435,456, got ${String(maxBytes)}`,
      );
    }
    if (current === null) throw new MisuseError('no_process', 'Table.create: expected to be called by a process, which will own the table');
    const { code, table } = store().ask(['create', name, maxBytes, current.pid]);
    if (code === NOT_DONE || table === undefined) throw new TableError('already_exists', `a table '${name}' exists already on this node`);
    return new Table<V>(name, table);
  }

  /** The table of that name. Throws `no_table`. */
  static open<V = unknown>(name: string): Table<V> {
    checkKey('Table.open', name);
    const { table } = store().ask(['open', name]);
    if (table === undefined) throw noTable(name);
    return new Table<V>(name, table);
  }

  get(key: string): V | undefined {
    checkKey('Table.get', key);
    this.#check();
    const found = this.#reader.find(key);
    return found === undefined ? undefined : (codecOf(kernel()).decode(found.value) as V);
  }

  has(key: string): boolean {
    checkKey('Table.has', key);
    this.#check();
    return this.#reader.version(key) !== 0;
  }

  put(key: string, value: V): void {
    this.#write('put', key, value);
  }

  /** Only where the key has no value: false if it has. OTP: `ets:insert_new/2`. */
  putNew(key: string, value: V): boolean {
    return this.#write('putNew', key, value);
  }

  /** Whether the key had a value. */
  delete(key: string): boolean {
    checkKey('Table.delete', key);
    return this.#ask(['delete', this.#id, key]).code === DONE;
  }

  /** All entries whose key begins with `prefix`, in no order, as they are at one moment. Looks at every entry of the table. */
  select(prefix = ''): [key: string, value: V][] {
    checkKey('Table.select', prefix);
    this.#check();
    const codec = codecOf(kernel());
    return this.#reader.select(prefix).map(([key, value]) => [key, codec.decode(value) as V]);
  }

  get size(): number {
    this.#check();
    return this.#reader.count;
  }

  #write(operation: 'put' | 'putNew', key: string, value: V): boolean {
    checkKey(`Table.${operation}`, key);
    const bytes = Uint8Array.from(codecOf(kernel()).encode(value));
    const { code } = this.#ask([operation, this.#id, key, bytes]);
    if (code === FULL) throw new TableError('table_full', `table '${this.name}' has no room for '${key}' (${bytes.length} bytes)`);
    return code === DONE;
  }

  #ask(request: StoreRequest): StoreAnswer {
    const answer = store().ask(request);
    if (answer.code === NO_TABLE) throw noTable(this.name);
    return answer;
  }

  #check(): void {
    if (this.#reader.ended) throw noTable(this.name);
  }
}

function noTable(name: string): TableError {
  return new TableError('no_table', `there is no table '${name}' on this node: it was not created, or its owner has ended`);
}

import type { MessagePort } from 'node:worker_threads';
import { MisuseError } from '@rekindle/kernel';
import { addWatcher, type Kernel, type ProcessId, sendMonitor } from '@rekindle/kernel/internal';
import {
  DONE,
  FULL,
  MAX_COUNTERS,
  NO_TABLE,
  NOT_DONE,
  type OpenTable,
  type Store,
  type StoreAnswer,
  type StoreRequest,
  writeAnswer,
} from './store-client.js';
import { DEFAULT_TABLE_BYTES, TableWriter, tableMemory } from './table-memory.js';

/** The tables and counters of a node. The gateway's thread has it, and changes it alone. */
export class StoreOwner implements Store {
  readonly counters: SharedArrayBuffer = new SharedArrayBuffer(MAX_COUNTERS * 8);
  readonly #kernel: Kernel;
  readonly #tables = new Map<number, { readonly name: string; readonly writer: TableWriter }>();
  readonly #byName = new Map<string, number>();
  readonly #counterNames = new Map<string, number>();
  #next = 1;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#add(PERSISTENT, DEFAULT_TABLE_BYTES);
  }

  ask(request: StoreRequest): StoreAnswer {
    switch (request[0]) {
      case 'create': {
        const [, name, maxBytes, owner] = request;
        if (this.#byName.has(name)) return { code: NOT_DONE };
        const table = this.#add(name, maxBytes);
        this.#endWith(owner as ProcessId, table.id);
        return { code: DONE, table };
      }
      case 'open': {
        const id = this.#byName.get(request[1]);
        const table = id === undefined ? undefined : this.#tables.get(id);
        if (id === undefined || table === undefined) return { code: NO_TABLE };
        return { code: DONE, table: { id, memory: table.writer.memory } };
      }
      case 'counter': {
        let counter = this.#counterNames.get(request[1]);
        if (counter === undefined) {
          counter = this.#counterNames.size;
          if (counter === MAX_COUNTERS) return { code: FULL };
          this.#counterNames.set(request[1], counter);
        }
        return { code: DONE, counter };
      }
      default: {
        const writer = this.#tables.get(request[1])?.writer;
        if (writer === undefined) return { code: NO_TABLE };
        if (request[0] === 'delete') return { code: writer.remove(request[2]) ? DONE : NOT_DONE };
        if (request[0] === 'putNew' && writer.version(request[2]) !== 0) return { code: NOT_DONE };
        return { code: writer.put(request[2], request[3]) ? DONE : FULL };
      }
    }
  }

  #add(name: string, maxBytes: number): OpenTable {
    const id = this.#next++;
    const writer = new TableWriter(tableMemory(maxBytes));
    this.#tables.set(id, { name, writer });
    this.#byName.set(name, id);
    return { id, memory: writer.memory };
  }

  #end(id: number): void {
    const table = this.#tables.get(id);
    if (table === undefined) return;
    table.writer.end();
    this.#tables.delete(id);
    this.#byName.delete(table.name);
  }

  #endWith(owner: ProcessId, id: number): void {
    const fire = (): void => this.#end(id);
    if (owner.isLocal) {
      if (owner.proc.alive) addWatcher(owner.proc, { fire });
      else this.#end(id);
      return;
    }
    sendMonitor(owner, { id: this.#kernel.nextRef(), target: owner, fire });
  }
}

/** The table that `persistentTerm` uses. */
export const PERSISTENT = '$persistent_term';

/** Answers a scheduler's request. Runs on the gateway. */
export function answerStoreRequest(owner: StoreOwner, port: MessagePort, answer: Int32Array, request: StoreRequest): void {
  const made = owner.ask(request);
  if (made.table !== undefined) port.postMessage(made.table);
  writeAnswer(answer, made);
}

// ---------------------------------------------------------------- the thread's own

let installed: Store | null = null;

export function installStore(store: Store | null): void {
  installed = store;
}

/** The store of this thread's node; `make` is for a kernel without other threads. */
export function storeOf(make: () => Store): Store {
  installed ??= make();
  return installed;
}

export function checkKey(what: string, key: unknown): asserts key is string {
  if (typeof key !== 'string' || key.length > 4_096) {
    throw new MisuseError(
      'badarg',
      `${what}: expected a key of at most 4,096 characters, got ${typeof key === 'string' ? `${key.length} characters` : typeof key}`,
    );
  }
}

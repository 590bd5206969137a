import { isDeepStrictEqual } from 'node:util';
import { MisuseError } from '../errors.js';
import type { Name, Via } from '../identity/name.js';
import { type Pid, ProcessId } from '../identity/pid.js';
import { current } from '../process/current.js';
import { attach, detach, Owned } from '../process/owned.js';
import { kernel } from '../runtime.js';

export interface RegistryOptions<K, V, Meta extends object = Record<string, unknown>> {
  /** `'unique'`: one process per key, the default. `'duplicate'`: any number, a process may hold a key several times. */
  readonly keys?: 'unique' | 'duplicate';
  /** Processes, or names of processes, that get a `RegistryEvent` for each change. */
  readonly listeners?: readonly (Pid<RegistryEvent<K, V>> | Name)[];
  /** What `meta` knows from the beginning. */
  readonly meta?: Partial<Meta>;
}

export type RegistryEvent<K = unknown, V = unknown> =
  | { readonly type: 'register'; readonly key: K; readonly pid: Pid; readonly value: V }
  | { readonly type: 'unregister'; readonly key: K; readonly pid: Pid };

export interface RegistryEntry<V, M = unknown> {
  readonly pid: Pid<M>;
  readonly value: V;
}

/** An entry with its key. */
export interface KeyedEntry<K, V> extends RegistryEntry<V> {
  readonly key: K;
}

/** A value to be equal to, or a test of it. */
export type ValueMatch<V> = V | ((value: V) => boolean);

/** The registry, whatever it knows of itself. */
type Entries<K, V> = Pick<Registry<K, V>, 'drop' | 'holderOf' | 'claim' | 'whereis' | 'unregister'>;

class Entry<K, V> extends Owned implements RegistryEntry<V> {
  readonly registry: Entries<K, V>;
  readonly key: K;
  readonly pid: ProcessId;
  value: V;

  constructor(registry: Entries<K, V>, key: K, pid: ProcessId, value: V) {
    super();
    this.registry = registry;
    this.key = key;
    this.pid = pid;
    this.value = value;
    attach(pid.proc, this);
  }

  override release(): void {
    this.registry.drop(this);
  }
}

/**
 * Keys and values that belong to processes of this thread and end with them: for finding processes (`via`), and for
 * sending to all that registered a key. Looking up costs no message. `Meta` are values of the registry itself, by name.
 * Elixir: `Registry`.
 */
export class Registry<K = string, V = undefined, Meta extends object = Record<string, unknown>> implements Via {
  readonly #unique: boolean;
  readonly #listeners: readonly (Pid<RegistryEvent<K, V>> | Name)[];
  /** Sets keep the order of registration, and lose an entry at once however many there are. */
  readonly #byKey = new Map<K, Set<Entry<K, V>>>();
  readonly #byPid = new Map<ProcessId, Set<Entry<K, V>>>();
  readonly #meta: Map<keyof Meta, Meta[keyof Meta]>;
  #size = 0;

  constructor(options: RegistryOptions<K, V, Meta> = {}) {
    this.#unique = (options.keys ?? 'unique') === 'unique';
    this.#listeners = options.listeners ?? [];
    this.#meta = new Map(Object.entries(options.meta ?? {}) as [keyof Meta, Meta[keyof Meta]][]);
  }

  /**
   * Registers a process (default: the running one) under `key`. Undefined when done; with unique keys the holder if there
   * is one, also when that is the process itself. Elixir: `register/3`.
   */
  register(key: K, value: V, pid: Pid = self()): Pid | undefined {
    const owner = live(pid);
    const holder = this.#unique ? this.whereis(key) : undefined;
    if (holder !== undefined) return holder;
    const entry = new Entry(this, key, owner, value);
    const entries = this.#byKey.get(key);
    if (entries === undefined) this.#byKey.set(key, new Set([entry]));
    else entries.add(entry);
    const own = this.#byPid.get(owner);
    if (own === undefined) this.#byPid.set(owner, new Set([entry]));
    else own.add(entry);
    this.#size++;
    this.#tell({ type: 'register', key, pid: owner, value });
    return undefined;
  }

  /** Gives up all entries of the process under `key`; those of others stay. Elixir: `unregister/2`. */
  unregister(key: K, pid: Pid = self()): void {
    this.#remove(key, (entry) => entry.pid === pid);
  }

  /** Gives up the entries of the process under `key` whose value fits. Elixir: `unregister_match/3`. */
  unregisterMatch(key: K, match: ValueMatch<V>, pid: Pid = self()): void {
    this.#remove(key, (entry) => entry.pid === pid && fits(entry.value, match));
  }

  /** The entries of a key, oldest first. Elixir: `lookup/2`. */
  lookup(key: K): RegistryEntry<V>[] {
    return Array.from(this.#byKey.get(key) ?? [], ({ pid, value }) => ({ pid, value }));
  }

  /** The process that holds a unique key. */
  whereis(key: K): Pid | undefined {
    return this.#first(key)?.pid;
  }

  /** The keys of a process; one that is held twice appears twice. Elixir: `keys/2`. */
  keys(pid: Pid = self()): K[] {
    return Array.from(this.#byPid.get(pid as ProcessId) ?? [], (entry) => entry.key);
  }

  /** The values of a process under `key`. Elixir: `values/3`. */
  values(key: K, pid: Pid = self()): V[] {
    return [...(this.#byKey.get(key) ?? [])].filter((entry) => entry.pid === pid).map((entry) => entry.value);
  }

  /** The entries of `key` whose value fits. Elixir: `match/4`. */
  match(key: K, match: ValueMatch<V>): RegistryEntry<V>[] {
    return this.lookup(key).filter((entry) => fits(entry.value, match));
  }

  /** All entries that fit, in the order of their keys' first registration. Elixir: `select/2`. */
  select(fits: (entry: KeyedEntry<K, V>) => boolean = () => true): KeyedEntry<K, V>[] {
    const all = [...this.#byKey.values()].flatMap((entries) => Array.from(entries, ({ key, pid, value }) => ({ key, pid, value })));
    return all.filter(fits);
  }

  /** How many entries there are. Elixir: `count/1`. */
  get count(): number {
    return this.#size;
  }

  /** Elixir: `count_match/4`. */
  countMatch(key: K, match: ValueMatch<V>): number {
    return this.match(key, match).length;
  }

  /** Calls `act` with all entries of `key`, unless there are none: the way to send to many. Elixir: `dispatch/3`. */
  dispatch(key: K, act: (entries: RegistryEntry<V>[]) => void): void {
    const entries = this.lookup(key);
    if (entries.length > 0) act(entries);
  }

  /** Changes the running process's value under a unique key; undefined if it does not hold it. Elixir: `update_value/3`. */
  updateValue(key: K, update: (value: V) => V, pid: Pid = self()): { new: V; old: V } | undefined {
    if (!this.#unique) throw new MisuseError('badarg', 'updateValue: the registry has duplicate keys');
    const entry = this.#first(key);
    if (entry === undefined || entry.pid !== pid) return undefined;
    const old = entry.value;
    entry.value = update(old);
    return { new: entry.value, old };
  }

  /** A value of the registry itself. It belongs to no process and stays as long as the registry. Elixir: `put_meta/3`. */
  putMeta<N extends keyof Meta>(name: N, value: Meta[N]): void {
    this.#meta.set(name, value);
  }

  /** Undefined when nothing was put there. Elixir: `meta/2`. */
  meta<N extends keyof Meta>(name: N): Meta[N] | undefined {
    return this.#meta.get(name) as Meta[N] | undefined;
  }

  /** Elixir: `delete_meta/2`. */
  deleteMeta(name: keyof Meta): void {
    this.#meta.delete(name);
  }

  /**
   * The name of whoever holds a unique key, for use wherever a name is taken; a process that is started under it registers
   * the value. Elixir: `{:via, Registry, {registry, key, value}}`.
   */
  via(key: K, ...[value]: undefined extends V ? [value?: V] : [value: V]): Name {
    return { via: new KeyVia(this, key, value as V), key: String(key) };
  }

  whereisName(key: string): Pid | undefined {
    return this.holderOf(key as K);
  }

  registerName(key: string, pid: Pid): boolean {
    return this.claim(key as K, undefined as V, pid);
  }

  unregisterName(key: string): void {
    this.#remove(key as K, () => true);
  }

  /** @internal */
  holderOf(key: K): Pid | undefined {
    this.#checkUnique();
    return this.whereis(key);
  }

  /** @internal */
  claim(key: K, value: V, pid: Pid): boolean {
    this.#checkUnique();
    return this.register(key, value, pid) === undefined;
  }

  /** A name means one process. */
  #checkUnique(): void {
    if (!this.#unique) throw new MisuseError('badarg', 'via: the registry has duplicate keys, which name no process');
  }

  /** @internal */
  drop(entry: Entry<K, V>): void {
    const { key, pid } = entry;
    const entries = this.#byKey.get(key);
    entries?.delete(entry);
    if (entries?.size === 0) this.#byKey.delete(key);
    const own = this.#byPid.get(pid);
    own?.delete(entry);
    if (own?.size === 0) this.#byPid.delete(pid);
    this.#size--;
    this.#tell({ type: 'unregister', key, pid });
  }

  /** A name that nobody has at the time is passed over. */
  #tell(event: RegistryEvent<K, V>): void {
    for (const listener of this.#listeners) {
      if (isName(listener)) kernel().whereis(listener)?.send(event);
      else listener.send(event);
    }
  }

  #first(key: K): Entry<K, V> | undefined {
    return this.#byKey.get(key)?.values().next().value;
  }

  #remove(key: K, chosen: (entry: Entry<K, V>) => boolean): void {
    for (const entry of [...(this.#byKey.get(key) ?? [])].filter(chosen)) {
      detach(entry);
      this.drop(entry);
    }
  }
}

/** A key of whatever type, as a name. */
class KeyVia<K, V> implements Via {
  readonly #registry: Entries<K, V>;
  readonly #key: K;
  readonly #value: V;

  constructor(registry: Entries<K, V>, key: K, value: V) {
    this.#registry = registry;
    this.#key = key;
    this.#value = value;
  }

  whereisName(): Pid | undefined {
    return this.#registry.holderOf(this.#key);
  }

  registerName(_key: string, pid: Pid): boolean {
    return this.#registry.claim(this.#key, this.#value, pid);
  }

  unregisterName(): void {
    const holder = this.#registry.whereis(this.#key);
    if (holder !== undefined) this.#registry.unregister(this.#key, holder);
  }
}

function isName(target: Pid | Name): target is Name {
  return typeof target === 'string' || 'via' in target || 'name' in target;
}

function self(): Pid {
  if (current === null) throw new MisuseError('no_process', 'no process is running here: give the pid as the last argument');
  return current.pid;
}

function live(pid: Pid): ProcessId {
  if (!(pid instanceof ProcessId) || !pid.isLocal || !pid.proc.alive)
    throw new MisuseError('badarg', `${String(pid)} is not a live process of this thread`);
  return pid;
}

function fits<V>(value: V, match: ValueMatch<V>): boolean {
  return typeof match === 'function' ? (match as (value: V) => boolean)(value) : isDeepStrictEqual(value, match);
}

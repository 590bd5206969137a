import { MisuseError } from '../errors.js';
import type { Pid } from './pid.js';

/** A registry that resolves names itself: `Registry`, `pg`-like groups, cluster names. OTP: `{via, Module, Name}`. */
export interface Via {
  whereisName(key: string): Pid | undefined;
  /** False when somebody else holds the key. The name must end with the process. */
  registerName(key: string, pid: Pid): boolean;
  unregisterName(key: string): void;
  /**
   * In place of `registerName` for a server that starts, where that takes time: the server waits for it before `init`. Resolves with
   * the holder if somebody else holds the key; rejects with the reason why it could not be found out.
   */
  claimName?(key: string, pid: Pid): Promise<Pid | undefined>;
}

/** How a process is found: a name on this node, a key in a registry, or a name on a given node. */
export type Name = string | { readonly via: Via; readonly key: string } | { readonly name: string; readonly node: string };

/** Names of the processes of a node: one linearizable table for all its threads. */
export interface NameTable {
  /** `undefined` when registered, otherwise who holds the name. */
  register(name: string, pid: Pid): Pid | undefined;
  unregister(name: string, pid: Pid): void;
  whereis(name: string): Pid | undefined;
  names(): string[];
}

/** The table of a node that has one thread. */
export class LocalNames implements NameTable {
  readonly #pids = new Map<string, Pid>();

  register(name: string, pid: Pid): Pid | undefined {
    const holder = this.#pids.get(name);
    if (holder === undefined) this.#pids.set(name, pid);
    return holder;
  }

  unregister(name: string, pid: Pid): void {
    if (this.#pids.get(name) === pid) this.#pids.delete(name);
  }

  whereis(name: string): Pid | undefined {
    return this.#pids.get(name);
  }

  names(): string[] {
    return [...this.#pids.keys()];
  }
}

/** Whether a process can be started under that name at all; a registry judges its keys itself. */
export function checkStartName(name: Name): void {
  if (typeof name !== 'object' || !('via' in name)) checkName(typeof name === 'object' ? name.name : name);
}

/** Whether a process can be looked for under that, which is no plain name. */
export function checkLookedUp(name: unknown): asserts name is Exclude<Name, string> {
  if (typeof name === 'object' && name !== null) {
    if ('via' in name) return;
    if ('name' in name && 'node' in name && typeof name.name === 'string' && typeof name.node === 'string') return;
  }
  throw new MisuseError(
    'bad_name',
    `expected a name, as in 'counter', { name: 'counter', node: 'chat-2' } or a key of a registry, got ${came(name)}`,
  );
}

function came(name: unknown): string {
  return typeof name === 'object' && name !== null ? `an object with ${Object.keys(name).join(', ') || 'nothing'}` : String(name);
}

export const MAX_NAME_LENGTH = 255;

export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME_LENGTH || name === 'undefined' || !isWellFormed(name)) {
    const came = typeof name === 'string' ? `'${name.slice(0, 40)}' (${name.length} characters)` : typeof name;
    throw new MisuseError(
      'bad_name',
      `expected a name of 1 to ${MAX_NAME_LENGTH} characters of well-formed text other than 'undefined', got ${came}`,
    );
  }
}

/** Names are kept and sent as UTF-8, which has no way to say half a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}

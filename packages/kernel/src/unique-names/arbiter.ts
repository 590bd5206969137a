import type { Address } from '../identity/address.js';
import type { ProcessId } from '../identity/pid.js';
import type { Holds } from './holds.js';
import type { Neighbours } from './neighbours.js';
import type { FencingToken } from './token.js';

/** The name is the process's, or somebody else's; null: whoever asks has to ask again. */
export type Decision = { readonly token: FencingToken } | { readonly holder: ProcessId } | null;

/** Gives names away, where this node is the one that decides: only for those who see what it sees itself, and only when it knows all holds. */
export class Arbiter {
  readonly #holds: Holds;
  readonly #neighbours: Neighbours;
  /** Given away, and not heard of yet: name -> process. */
  readonly #given = new Map<string, ProcessId>();

  constructor(holds: Holds, neighbours: Neighbours) {
    this.#holds = holds;
    this.#neighbours = neighbours;
  }

  decide(name: string, pid: ProcessId, view: string, wallTimeMs: number): Decision {
    if (!this.#neighbours.areKnown || view !== this.#neighbours.view) return null;
    const known = this.#holds.holder(name);
    if (known !== undefined) return { holder: known.pid };
    const given = this.#given.get(name);
    // Whoever was given it says so soon, or that it has no use for it.
    if (given !== undefined && given !== pid) return null;
    this.#given.set(name, pid);
    return { token: this.#holds.nextToken(wallTimeMs) };
  }

  /** The process has taken the name, or has no use for it, or is gone. */
  heardOf(name: string, pid: ProcessId | undefined): void {
    if (pid !== undefined && this.#given.get(name) === pid) this.#given.delete(name);
  }

  lost(gone: (at: Address) => boolean): void {
    for (const [name, { at }] of this.#given) if (gone(at)) this.#given.delete(name);
  }
}

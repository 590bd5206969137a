import { broadcast, GenServer } from 'rekindle';
import type { Changed, Whole } from './document-contract.js';
import { patchBetween } from './lines.js';

/** All documents as they are, each with a number that grows with every change. It outlives the watcher, which only tells it. */
export class Library extends GenServer {
  /** Begins above the numbers of every earlier run, so that readers see that what they have is old. */
  readonly #nothing: Whole = { version: Date.now(), lines: [] };
  readonly #documents = new Map<string, Whole>();

  /** What a file says now. Readers are sent what is different, or nothing. A file that is gone says nothing at all. */
  put(name: string, text: string): void {
    const before = this.#documents.get(name) ?? this.#nothing;
    const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
    const patch = patchBetween(before.lines, lines);
    if (patch === undefined) return;
    const version = before.version + 1;
    this.#documents.set(name, { version, lines });
    broadcast(`document:${name}`, 'changed', { version, ...patch } as Changed);
  }

  read(name: string): Whole | undefined {
    return this.#documents.get(name);
  }

  names(): string[] {
    return [...this.#documents.keys()].sort();
  }
}

import type { Changed, Whole } from '../src/document-contract.js';

/** This window's copy of a document. It takes patches in order, and knows when it has missed one. */
export class Copy {
  version = 0;
  lines: readonly string[] = [];
  /** How many patches it has taken. */
  changes = 0;
  #newest = 0;

  /** Something newer than this copy is known of. */
  get behind(): boolean {
    return this.version < this.#newest;
  }

  /** There is a version of that number. */
  heardOf(version: number): void {
    this.#newest = Math.max(this.#newest, version);
  }

  take({ version, lines }: Whole): void {
    this.heardOf(version);
    [this.version, this.lines] = [version, lines];
  }

  patch({ version, from, removed, added }: Changed): void {
    this.heardOf(version);
    if (version !== this.version + 1) return;
    this.version = version;
    this.changes++;
    this.lines = [...this.lines.slice(0, from), ...added, ...this.lines.slice(from + removed)];
  }
}

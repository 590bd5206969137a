/** What happened in a simulation, in order: all of it as a hash, the last of it in words. */
export class Trace {
  /** How many lines of it are kept. */
  static readonly KEPT = 2000;
  readonly #lines: string[] = [];
  #hash = 0x811c9dc5;

  add(line: string): void {
    for (let i = 0; i < line.length; i++) this.#hash = Math.imul(this.#hash ^ line.charCodeAt(i), 0x01000193);
    this.#lines.push(line);
    if (this.#lines.length > 2 * Trace.KEPT) this.#lines.splice(0, Trace.KEPT);
  }

  /** Equal for equal runs. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-Trace.KEPT);
  }
}

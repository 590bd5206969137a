/**
 * A map for what mostly has one entry or none, as the topics of a connection: the first entry needs no table of its own, which saves
 * about 300 bytes. Entries are in the order in which they came; entries may be deleted while the map is iterated.
 */
export class SmallMap<V> {
  #key: string | null = null;
  #value: V | undefined = undefined;
  /** What came while there was another entry. */
  #rest: Map<string, V> | null = null;

  get size(): number {
    return (this.#key === null ? 0 : 1) + (this.#rest?.size ?? 0);
  }

  get(key: string): V | undefined {
    return this.#key === key ? this.#value : this.#rest?.get(key);
  }

  has(key: string): boolean {
    return this.#key === key || this.#rest?.has(key) === true;
  }

  set(key: string, value: V): void {
    if (this.#key === key || (this.#key === null && this.#rest === null)) {
      this.#key = key;
      this.#value = value;
    } else {
      this.#rest ??= new Map();
      this.#rest.set(key, value);
    }
  }

  delete(key: string): boolean {
    if (this.#key === key) {
      this.#key = null;
      this.#value = undefined;
      return true;
    }
    const rest = this.#rest;
    if (rest === null || !rest.delete(key)) return false;
    if (rest.size === 0) this.#rest = null;
    return true;
  }

  clear(): void {
    this.#key = null;
    this.#value = undefined;
    this.#rest = null;
  }

  *entries(): Generator<[string, V]> {
    if (this.#key !== null) yield [this.#key, this.#value as V];
    if (this.#rest !== null) yield* this.#rest;
  }

  *keys(): Generator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): Generator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[string, V]> {
    return this.entries();
  }
}

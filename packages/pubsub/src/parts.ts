import type { Origin, Part } from './broadcast-frame.js';

interface Assembly {
  readonly incarnation: number;
  readonly number: number;
  readonly count: number;
  readonly pieces: Buffer[];
  bytes: number;
}

/**
 * Puts the parts of large messages of one topic together. A node's parts arrive in order; one that is missing was lost with the
 * connection, and so is its message.
 */
export class Parts {
  readonly #maxBytes: number;
  readonly #byNode = new Map<string, Assembly>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#byNode.size === 0;
  }

  /** The whole frame, when this was its last part. */
  add({ node, incarnation }: Origin, { number, index, count, bytes }: Part): Buffer | undefined {
    let assembly = this.#byNode.get(node);
    if (index === 0) {
      assembly = { incarnation, number, count, pieces: [], bytes: 0 };
      this.#byNode.set(node, assembly);
    }
    if (assembly === undefined) return undefined;
    const fits =
      assembly.incarnation === incarnation && assembly.number === number && assembly.count === count && assembly.pieces.length === index;
    assembly.bytes += bytes.length;
    if (!fits || assembly.bytes > this.#maxBytes) {
      this.#byNode.delete(node);
      return undefined;
    }
    assembly.pieces.push(Buffer.from(bytes));
    if (index + 1 < count) return undefined;
    this.#byNode.delete(node);
    return Buffer.concat(assembly.pieces);
  }

  /** What is not complete never will be. */
  forget(node: string): void {
    this.#byNode.delete(node);
  }

  clear(): void {
    this.#byNode.clear();
  }
}

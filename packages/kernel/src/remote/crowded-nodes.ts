import type { Address } from '../identity/address.js';
import { current } from '../process/current.js';
import { type Hold, hold } from '../process/hold.js';

/** Nodes that more waits for than the way there takes. A process that sends to one of them is held until less waits. */
export class CrowdedNodes {
  readonly #held = new Map<string, Hold[]>();

  get any(): boolean {
    return this.#held.size > 0;
  }

  has(node: string, incarnation: number): boolean {
    return this.#held.has(keyOf(node, incarnation));
  }

  set(node: string, incarnation: number): void {
    const key = keyOf(node, incarnation);
    if (!this.#held.has(key)) this.#held.set(key, []);
  }

  /** Less waits, or the node is down. */
  clear(node: string, incarnation: number): void {
    const key = keyOf(node, incarnation);
    const held = this.#held.get(key);
    this.#held.delete(key);
    for (const each of held ?? []) each.release();
  }

  /** Something was sent there; by the process that runs, if any does. */
  sent(to: Address): void {
    const held = this.#held.get(keyOf(to.node, to.incarnation));
    if (held === undefined || current === null) return;
    const one = hold(current);
    if (one !== null) held.push(one);
  }
}

function keyOf(node: string, incarnation: number): string {
  return `${node}/${incarnation}`;
}

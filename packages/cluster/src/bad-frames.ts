import { report } from './events.js';
import { isNodeName } from './options.js';

const REPORT_MS = 1000;
/** Node names come from outside: beyond so many, and those that cannot be one, are counted together. */
const MAX_NAMES = 1000;
const OTHERS = 'unknown';

/** Counts what other nodes send and nobody understands; reports it once per second and node. */
export class BadFrames {
  readonly #counts = new Map<string, number>();
  readonly #unreported = new Map<string, number>();
  #reportedAt = Number.NEGATIVE_INFINITY;

  count(node: string): void {
    const isNew = !this.#counts.has(node);
    const name = isNew && (this.#counts.size >= MAX_NAMES || !isNodeName(node)) ? OTHERS : node;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#unreported.set(name, (this.#unreported.get(name) ?? 0) + 1);
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  tick(now: number): void {
    if (this.#unreported.size === 0 || now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    for (const [node, count] of this.#unreported) report({ type: 'bad_frames', node, count });
    this.#unreported.clear();
  }
}

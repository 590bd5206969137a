import type { Rate } from '@rekindle/channels';
import { RateLimit, REFUSED } from '@rekindle/channels/internal';

/** How often each client address may connect. Addresses that have been quiet are forgotten. */
export class ConnectLimit {
  readonly #limit: RateLimit;
  readonly #states = new Map<string, number>();

  constructor(rate: Rate) {
    this.#limit = new RateLimit(rate);
  }

  /** 0, or the milliseconds after which it may try again. */
  take(address: string, nowMs: number): number {
    const network = networkOf(address);
    const before = this.#states.get(network) ?? 0;
    const state = this.#limit.take(before, nowMs);
    if (state === REFUSED) return Math.max(1, this.#limit.wait(before, nowMs));
    this.#states.set(network, state);
    return 0;
  }

  /** Forgets those whose buckets are full again. */
  prune(nowMs: number): void {
    for (const [network, state] of this.#states) if (state <= nowMs) this.#states.delete(network);
  }

  get size(): number {
    return this.#states.size;
  }
}

/** Whoever has an IPv6 address has the 2^64 of its network. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array<string>(missing).fill('0')].slice(0, 4).join(':');
}

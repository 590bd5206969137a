import type { Random } from './random.js';

interface Parcel {
  readonly due: number;
  readonly bytes: Uint8Array;
}

/** Signals on their way between simulated threads: each takes a random time, none is lost or overtakes another of its lane. */
export class SimLanes {
  readonly #random: Random;
  readonly #maxDelayMs: number;
  readonly #lanes = new Map<string, { readonly from: number; readonly to: number; readonly parcels: Parcel[] }>();

  constructor(random: Random, maxDelayMs: number) {
    this.#random = random;
    this.#maxDelayMs = maxDelayMs;
  }

  send(now: number, from: number, to: number, bytes: Uint8Array): void {
    const key = `${from} ${to}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, (lane = { from, to, parcels: [] }));
    const due = Math.max(lane.parcels.at(-1)?.due ?? 0, now + this.#random.next() * this.#maxDelayMs);
    lane.parcels.push({ due, bytes });
  }

  /** The lanes whose next signal has arrived. */
  due(now: number): { readonly from: number; readonly to: number; take(): Uint8Array }[] {
    return [...this.#lanes.values()]
      .filter(({ parcels }) => (parcels[0]?.due ?? Number.POSITIVE_INFINITY) <= now)
      .map(({ from, to, parcels }) => ({ from, to, take: () => (parcels.shift() as Parcel).bytes }));
  }

  get nextDue(): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...Array.from(this.#lanes.values(), ({ parcels }) => parcels[0]?.due ?? Number.POSITIVE_INFINITY),
    );
  }

  /** A thread has died: nothing goes there any more, and what it has sent is lost. */
  drop(thread: number): void {
    for (const lane of this.#lanes.values()) if (lane.from === thread || lane.to === thread) lane.parcels.length = 0;
  }
}

import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { resourceLimits } from 'node:worker_threads';

export interface HeapUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/**
 * One collection of the young generation moves all that is alive in it to the old one, up to V8's semi-space of 16 MiB, and
 * at once: so much, and half of it for what happens before the thread has ended, has to be left below the limit.
 */
const YOUNG_BYTES = 24 * 2 ** 20;

/** What of a heap may be in use. */
export const HEAP_WATERMARK = 0.85;
/** From here on it may be full before the next ordinary look. */
const NEAR = 0.6;
/** Collecting takes time; after a collection that has helped there is none for so long, */
const REST_MS = 5_000;
/** unless the heap fills up to here meanwhile. */
const PRESSING = 0.925;

/** What the watch looks at, for tests. */
export interface Heap {
  use(): HeapUse;
  collect(): void;
  /** To be left free whatever the limit is. Default 0. */
  readonly reserveBytes?: number;
}

/**
 * Notices that a thread's heap is nearly full while there is still room to end it in order: V8 may abort the whole process at
 * the limit. What looks full may be garbage, so it is collected once before anybody is told.
 */
export class HeapWatch {
  readonly #heap: Heap;
  readonly #full: (use: HeapUse) => void;
  #restUntil = Number.NEGATIVE_INFINITY;
  #told = false;
  /** Full enough to be looked at more often. */
  near = false;

  constructor(full: (use: HeapUse) => void, heap: Heap = v8Heap()) {
    this.#heap = heap;
    this.#full = full;
  }

  /** To be called between turns; `full` is called once. */
  check(now: number): void {
    if (this.#told) return;
    const before = this.#heap.use();
    this.near = before.usedBytes > before.limitBytes * NEAR;
    const reserve = this.#heap.reserveBytes ?? 0;
    const full = now < this.#restUntil ? isFull(before, PRESSING, reserve / 2) : isFull(before, HEAP_WATERMARK, reserve);
    if (!full) return;
    this.#heap.collect();
    const use = this.#heap.use();
    if (isFull(use, HEAP_WATERMARK, reserve)) {
      this.#told = true;
      this.#full(use);
    } else this.#restUntil = now + REST_MS;
  }
}

function isFull({ usedBytes, limitBytes }: HeapUse, mark: number, reserve: number): boolean {
  return usedBytes > Math.min(limitBytes * mark, limitBytes - reserve);
}

const YOUNG = new Set(['new_space', 'new_large_object_space', 'read_only_space']);

/** That of the worker thread which asks. */
function v8Heap(): Heap {
  let collect: (() => void) | null = null;
  const limitBytes = (resourceLimits.maxOldGenerationSizeMb ?? Number.POSITIVE_INFINITY) * 2 ** 20;
  return {
    reserveBytes: YOUNG_BYTES,
    use() {
      // The limit is one of the old generation; the young one comes on top of it, and is no sign of anything.
      const spaces = getHeapSpaceStatistics().filter(({ space_name }) => !YOUNG.has(space_name));
      return { usedBytes: spaces.reduce((sum, { space_used_size }) => sum + space_used_size, 0), limitBytes };
    },
    collect() {
      if (collect === null) {
        setFlagsFromString('--expose-gc');
        collect = runInNewContext('gc') as () => void;
      }
      collect();
    },
  };
}

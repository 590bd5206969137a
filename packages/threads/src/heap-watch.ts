import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface HeapUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** What of a heap may be in use. */
export const HEAP_WATERMARK = 0.85;
/** Collecting takes time; after a collection that has helped there is none for so long. */
const REST_MS = 5_000;

/** What the watch looks at, for tests. */
export interface Heap {
  use(): HeapUse;
  collect(): void;
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

  constructor(full: (use: HeapUse) => void, heap: Heap = v8Heap()) {
    this.#heap = heap;
    this.#full = full;
  }

  /** To be called between turns; `full` is called once. */
  check(now: number): void {
    if (this.#told || now < this.#restUntil || !isFull(this.#heap.use())) return;
    this.#heap.collect();
    const use = this.#heap.use();
    if (isFull(use)) {
      this.#told = true;
      this.#full(use);
    } else this.#restUntil = now + REST_MS;
  }
}

function isFull({ usedBytes, limitBytes }: HeapUse): boolean {
  return usedBytes > limitBytes * HEAP_WATERMARK;
}

function v8Heap(): Heap {
  let collect: (() => void) | null = null;
  return {
    use() {
      const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
      return { usedBytes, limitBytes };
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

import { MisuseError } from '@rekindle/kernel';
import { checkKey } from './store.js';
import { MAX_COUNTERS, type Store } from './store-client.js';
import { store } from './table.js';
import { TableError } from './table-error.js';

const opened = new WeakMap<Store, Map<string, SharedCounter>>();

/**
 * A number that all threads of the node add to: one atomic operation, no message, nobody is waited for. Whole numbers of 64
 * bits that wrap around; as `number` exact up to 2^53. It stays for as long as the node, 0 at first. OTP: `counters`.
 */
export class SharedCounter {
  readonly name: string;
  readonly #values: BigInt64Array;
  readonly #index: number;

  private constructor(name: string, values: BigInt64Array, index: number) {
    this.name = name;
    this.#values = values;
    this.#index = index;
  }

  /** The counter of that name, the same on all threads. At most 16,384 of them: then `table_full`. */
  static open(name: string): SharedCounter {
    checkKey('SharedCounter.open', name);
    const own = store();
    let counters = opened.get(own);
    if (counters === undefined) opened.set(own, (counters = new Map()));
    let counter = counters.get(name);
    if (counter === undefined) {
      const { counter: index } = own.ask(['counter', name]);
      if (index === undefined)
        throw new TableError('table_full', `there are ${MAX_COUNTERS} shared counters already, no room for '${name}'`);
      counters.set(name, (counter = new SharedCounter(name, new BigInt64Array(own.counters), index)));
    }
    return counter;
  }

  /** Adds a whole number and returns the sum. */
  add(count = 1): number {
    if (!Number.isSafeInteger(count)) throw new MisuseError('badarg', `SharedCounter.add: expected a whole number, got ${String(count)}`);
    return Number(Atomics.add(this.#values, this.#index, BigInt(count))) + count;
  }

  get value(): number {
    return Number(Atomics.load(this.#values, this.#index));
  }

  set value(value: number) {
    if (!Number.isSafeInteger(value)) throw new MisuseError('badarg', `SharedCounter.value: expected a whole number, got ${String(value)}`);
    Atomics.store(this.#values, this.#index, BigInt(value));
  }
}

import { GenServer, register } from 'rekindle';

/** One process for all: its fields are its state, and a crash takes them along. */
export class Counter extends GenServer {
  #value = 0;

  /** A public method is a request, its value the reply. */
  increment(by: number): number {
    this.#value += by;
    return this.#value;
  }

  value(): number {
    return this.#value;
  }
}

register(Counter);

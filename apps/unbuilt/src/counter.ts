import { GenServer } from 'rekindle';

/** Counts, and says where it runs. */
export class Counter extends GenServer {
  #count = 0;

  add(n: number): number {
    return (this.#count += n);
  }

  where(): number {
    return this.self.thread;
  }

  exitThread(): void {
    process.exit();
  }
}

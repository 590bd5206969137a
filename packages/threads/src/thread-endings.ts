import type { Worker } from 'node:worker_threads';

/** A thread that has not ended so long after it was told to is inside a native call, which nothing can end. */
const WRITE_OFF_MS = 1_000;

/**
 * The threads that were told to end. Those that do not are written off: they take memory, and a core for as long as they
 * compute, until the native call returns; past a limit the process is better started again.
 */
export class ThreadEndings {
  readonly #maxWrittenOff: number;
  readonly #tooMany: (error: Error) => void;
  readonly #writtenOff = new Set<Worker>();
  readonly #pending = new Set<Promise<void>>();
  /** A process that ends anyway is not asked to. */
  tolerant = false;

  /** `tooMany` is called each time that one more than `maxWrittenOff`, or another one, is written off. */
  constructor(maxWrittenOff: number, tooMany: (error: Error) => void) {
    this.#maxWrittenOff = maxWrittenOff;
    this.#tooMany = tooMany;
  }

  /** How many have not ended although they were told to. */
  get writtenOff(): number {
    return this.#writtenOff.size;
  }

  /** Tells a thread to end; resolves when it has ended, or is written off. */
  end(worker: Worker): Promise<void> {
    const ended = this.#end(worker).finally(() => this.#pending.delete(ended));
    this.#pending.add(ended);
    return ended;
  }

  /** Resolves when every thread that was told to end has done so, or is written off. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #end(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#writeOff(worker);
        resolve();
      }, WRITE_OFF_MS);
      void worker.terminate().then(() => {
        clearTimeout(timer);
        this.#writtenOff.delete(worker);
        resolve();
      });
    });
  }

  #writeOff(worker: Worker): void {
    this.#writtenOff.add(worker);
    if (this.tolerant || this.writtenOff <= this.#maxWrittenOff) return;
    this.#tooMany(
      new Error(`native code holds ${this.writtenOff} scheduler threads that were replaced; more than ${this.#maxWrittenOff} are too many`),
    );
  }
}

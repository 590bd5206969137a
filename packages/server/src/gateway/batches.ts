/** Batches of a client's frames, as a long-poll request brings them, that its scheduler has not acknowledged yet. */
export class Batches {
  /** By connection and number. */
  readonly #waiting = new Map<number, Map<number, () => void>>();
  #next = 1;

  /** Numbers a batch; `handled` is called when it is acknowledged, never if its connection is gone before. */
  begin(connection: number, handled: () => void): number {
    const batch = this.#next++;
    const batches = this.#waiting.get(connection) ?? new Map<number, () => void>();
    this.#waiting.set(connection, batches.set(batch, handled));
    return batch;
  }

  acknowledge(connection: number, batch: number): void {
    const batches = this.#waiting.get(connection);
    batches?.get(batch)?.();
    if (batches?.delete(batch) === true && batches.size === 0) this.#waiting.delete(connection);
  }

  forget(connection: number): void {
    this.#waiting.delete(connection);
  }
}

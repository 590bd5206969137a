import type { ProcessId } from '../identity/pid.js';

/** From so many on a Map finds faster. */
const FEW = 8;

/**
 * What is known of processes by their pids. Most supervisors have few children, and those that restart often change one entry
 * again and again: a Map would be made anew each time it becomes empty.
 */
export class PidTable<V> {
  readonly #pids: ProcessId[] = [];
  readonly #values: V[] = [];
  /** Once there were more than few. */
  #many: Map<ProcessId, V> | null = null;

  get(pid: ProcessId): V | undefined {
    if (this.#many !== null) return this.#many.get(pid);
    const at = this.#pids.indexOf(pid);
    return at < 0 ? undefined : this.#values[at];
  }

  /** A pid that is not in it yet. */
  add(pid: ProcessId, value: V): void {
    if (this.#many === null && this.#pids.length === FEW) {
      this.#many = new Map(this.#pids.map((known, i) => [known, this.#values[i] as V]));
      this.#pids.length = this.#values.length = 0;
    }
    if (this.#many !== null) this.#many.set(pid, value);
    else {
      this.#pids.push(pid);
      this.#values.push(value);
    }
  }

  delete(pid: ProcessId): void {
    if (this.#many !== null) {
      this.#many.delete(pid);
      return;
    }
    const at = this.#pids.indexOf(pid);
    if (at < 0) return;
    const lastPid = this.#pids.pop() as ProcessId;
    const lastValue = this.#values.pop() as V;
    if (lastPid === pid) return;
    this.#pids[at] = lastPid;
    this.#values[at] = lastValue;
  }
}

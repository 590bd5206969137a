import type { Pid } from '@rekindle/kernel';
import type { Kernel, NameTable, ProcessId } from '@rekindle/kernel/internal';

interface Holder {
  readonly thread: number;
  readonly serial: number;
}

/** The names of all simulated threads. */
export type SharedNames = Map<string, Holder>;

/** One thread's view of them. */
export class SimNames implements NameTable {
  readonly #kernel: Kernel;
  readonly #shared: SharedNames;

  constructor(kernel: Kernel, shared: SharedNames) {
    this.#kernel = kernel;
    this.#shared = shared;
  }

  register(name: string, pid: Pid): Pid | undefined {
    const holder = this.whereis(name);
    if (holder === undefined) this.#shared.set(name, { thread: pid.thread, serial: pid.serial });
    return holder;
  }

  unregister(name: string, pid: Pid): void {
    if ((this.whereis(name) as ProcessId | undefined)?.equals(pid) === true) this.#shared.delete(name);
  }

  whereis(name: string): Pid | undefined {
    const holder = this.#shared.get(name);
    if (holder === undefined) return undefined;
    const { node, incarnation } = this.#kernel.here;
    return this.#kernel.pid(this.#kernel.address(node, incarnation, holder.thread), holder.serial);
  }

  names(): string[] {
    return [...this.#shared.keys()];
  }
}

import { MisuseError } from '../errors.js';
import type { Name, Via } from '../identity/name.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { ELSEWHERE } from '../process/flags.js';
import { attach, Owned } from '../process/owned.js';
import type { Proc } from '../process/proc.js';
import { kernel } from '../runtime.js';
import type { NamedChildren } from './named-children.js';

/** Others find the number of partitions by trying. */
export const MAX_PARTITIONS = 4096;

/** The partitions of a supervisor of this thread. */
interface Partitions {
  readonly count: number;
  readonly children: NamedChildren;
}

const here = new WeakMap<Pid, Partitions>();
/** How many partitions a supervisor of another thread has. */
const elsewhere = new WeakMap<Pid, number>();

/** Says to the other threads of the node how many partitions there are, until its supervisor ends. */
class CountName extends Owned {
  readonly #proc: Proc;
  readonly #name: string;
  constructor(proc: Proc, name: string) {
    super();
    this.#proc = proc;
    this.#name = name;
    proc.kernel.names.register(name, proc.pid);
    attach(proc, this);
  }
  override release(): void {
    const { kernel, pid } = this.#proc;
    kernel.names.unregister(this.#name, pid);
  }
}

function countName(name: string, count: number): string {
  return `${name} has ${count} partitions`;
}

/** The name of a partition, for those on other threads. */
export function partitionName(name: Name, partition: number): string | undefined {
  return typeof name === 'string' ? `${name}/${partition}` : undefined;
}

export function publish(proc: Proc, name: Name, count: number, children: NamedChildren): void {
  here.set(proc.pid, { count, children });
  if (typeof name === 'string') new CountName(proc, countName(name, count));
}

/** The supervisor of that name, if there is one, and how many partitions it has. */
export function find(kernel: Kernel, name: Name): { supervisor: ProcessId; count: number } | undefined {
  const supervisor = kernel.whereis(name);
  if (supervisor === undefined) return undefined;
  let count = here.get(supervisor)?.count ?? elsewhere.get(supervisor);
  if (count === undefined && (supervisor.proc.flags & ELSEWHERE) !== 0 && typeof name === 'string') {
    for (count = 1; kernel.names.whereis(countName(name, count)) !== supervisor; count++) if (count === MAX_PARTITIONS) return undefined;
    elsewhere.set(supervisor, count);
  }
  return count === undefined ? undefined : { supervisor, count };
}

/** Leads to the partition that a key belongs to, whoever that is at the time. */
export class PartitionVia implements Via {
  readonly #name: Name;
  readonly #key: unknown;

  constructor(name: Name, key: unknown) {
    this.#name = name;
    this.#key = key;
  }

  whereisName(): Pid | undefined {
    const node = kernel();
    const found = find(node, this.#name);
    if (found === undefined) return undefined;
    const partition = partitionOf(this.#key, found.count);
    const partitions = here.get(found.supervisor);
    if (partitions !== undefined) return partitions.children.pidOf(String(partition));
    return node.names.whereis(partitionName(this.#name, partition) as string);
  }

  registerName(): never {
    throw new MisuseError('bad_name', 'a partition is no name to register: its process is started by its PartitionSupervisor');
  }

  unregisterName(): void {}
}

/** Integers in turn, everything else by a hash of how it is written. The same key is in the same partition on every thread. */
export function partitionOf(key: unknown, count: number): number {
  if (Number.isSafeInteger(key)) return Math.abs(key as number) % count;
  const text = typeof key === 'string' ? key : typeof key === 'bigint' ? String(key) : JSON.stringify(key);
  if (typeof text !== 'string') throw new MisuseError('badarg', `a partition key: expected data, got ${typeof key}`);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The low bits of this hash alone are poor for short keys.
  hash ^= hash >>> 15;
  return (hash >>> 0) % count;
}

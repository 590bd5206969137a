import type { ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import type { Peer } from '../replication/replica.js';
import { rendezvous } from './rendezvous.js';

/** A node in its run. */
type Run = readonly [node: string, incarnation: number];

/** The nodes that this one sees, itself too, and their replicas. */
export class Neighbours {
  readonly #kernel: Kernel;
  readonly #peers: ReadonlyMap<ProcessId, Peer>;

  constructor(kernel: Kernel, peers: ReadonlyMap<ProcessId, Peer>) {
    this.#kernel = kernel;
    this.#peers = peers;
  }

  /** All runs, as a text that is the same on all nodes that see the same. */
  get view(): string {
    return Array.from(this.#runs(), ([node, incarnation]) => `${node}/${incarnation}`)
      .sort()
      .join(' ');
  }

  /** The node that decides who gets a name: the same for all that see the same. */
  arbiterOf(name: string): string {
    return rendezvous(name, this.#runs(), ([node]) => node)?.[0] ?? '';
  }

  /** Undefined for this node itself, and for those that are not there. */
  hubOf(node: string): ProcessId | undefined {
    if (node === this.#kernel.here.node) return undefined;
    for (const { pid } of this.#peers.values()) if (pid.node === node) return pid;
    return undefined;
  }

  /** Everybody who is there is known, and so are the names of all. */
  get areKnown(): boolean {
    const { nodes } = this.#kernel;
    if (!nodes.settled) return false;
    const introduced = new Set<string>();
    for (const { pid, introduced: its } of this.#peers.values()) if (its) introduced.add(`${pid.node}/${pid.at.incarnation}`);
    return Array.from(nodes.entries()).every(([node, incarnation]) => introduced.has(`${node}/${incarnation}`));
  }

  *#runs(): Iterable<Run> {
    const { here, nodes } = this.#kernel;
    yield [here.node, here.incarnation];
    yield* nodes.entries();
  }
}

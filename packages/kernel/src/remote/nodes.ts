import { Address } from '../identity/address.js';
import { RemoteName } from '../identity/remote-name.js';
import type { Kernel } from '../kernel.js';
import { deliver } from '../process/deliver.js';
import { attach, detach, Owned } from '../process/owned.js';
import type { Proc } from '../process/proc.js';
import { CrowdedNodes } from './crowded-nodes.js';

/** A node can be reached; sent before anything that comes from it. OTP: `{nodeup, Node}`. */
export interface NodeUp {
  readonly type: 'nodeup';
  readonly node: string;
  /** Tells this run of the node from earlier ones. */
  readonly incarnation: number;
}

/** A node is gone, or cannot be reached; sent after everything that came from it. OTP: `{nodedown, Node}`. */
export interface NodeDown {
  readonly type: 'nodedown';
  readonly node: string;
  readonly incarnation: number;
  /** How that was noticed; `left` if the node said so itself. */
  readonly reason: string;
}

/** One process's wish to hear of nodes; ends with it. */
class NodeWatch extends Owned {
  readonly #end: () => void;
  constructor(owner: Proc, end: () => void) {
    super();
    this.#end = end;
    attach(owner, this);
  }
  override release(): void {
    this.#end();
  }
}

/** The other nodes, as one thread knows them. */
export class Nodes {
  readonly #kernel: Kernel;
  /** Name -> incarnation. */
  readonly #up = new Map<string, number>();
  readonly #watches = new Map<Proc, NodeWatch>();
  readonly crowded: CrowdedNodes = new CrowdedNodes();
  /** Whoever is there has had the time to be heard: false for a while after this node has been connected. */
  settled = true;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  list(): string[] {
    return [...this.#up.keys()];
  }

  entries(): Iterable<[node: string, incarnation: number]> {
    return this.#up;
  }

  /** A name on another node, which need not be reachable. */
  nameOn(node: string, name: string): RemoteName {
    const incarnation = this.#up.get(node);
    if (incarnation !== undefined) return new RemoteName(this.#kernel.address(node, incarnation, 0), name);
    const nowhere = new Address(this.#kernel, node, 0, 0);
    nowhere.down = true;
    return new RemoteName(nowhere, name);
  }

  /** Also after `down`: its pids mean the same processes as before, of which nothing is remembered. */
  up(node: string, incarnation: number): void {
    for (const address of this.#addresses(node, incarnation)) address.down = false;
    this.#forgetEarlier(node, incarnation);
    this.#up.set(node, incarnation);
    this.#tell({ type: 'nodeup', node, incarnation });
  }

  down(node: string, incarnation: number, reason: string): void {
    this.crowded.clear(node, incarnation);
    const was = this.#up.get(node) === incarnation && this.#up.delete(node);
    for (const address of this.#addresses(node, incarnation)) {
      this.#kernel.addressDown(address, reason === 'left' ? 'node_left' : 'noconnection');
    }
    if (was) this.#tell({ type: 'nodedown', node, incarnation, reason });
  }

  /** Earlier runs never come back. Pids that somebody still holds keep their address, which is down. */
  #forgetEarlier(node: string, incarnation: number): void {
    for (const address of [...this.#kernel.addresses()]) {
      if (address.node === node && address.incarnation < incarnation) this.#kernel.forgetAddress(address);
    }
  }

  /** OTP: `net_kernel:monitor_nodes/1`. */
  watch(proc: Proc): void {
    if (!this.#watches.has(proc)) this.#watches.set(proc, new NodeWatch(proc, () => this.#watches.delete(proc)));
  }

  unwatch(proc: Proc): void {
    const watch = this.#watches.get(proc);
    if (watch === undefined) return;
    detach(watch);
    this.#watches.delete(proc);
  }

  #addresses(node: string, incarnation: number): Address[] {
    return [...this.#kernel.addresses()].filter((address) => address.node === node && address.incarnation === incarnation);
  }

  #tell(message: NodeUp | NodeDown): void {
    for (const proc of [...this.#watches.keys()]) deliver(proc, message);
  }
}

import { setImmediate as macrotask } from 'node:timers/promises';
import type { Pid, SpawnOptions } from '@rekindle/kernel';
import {
  type Address,
  type Carrier,
  Codec,
  installKernel,
  Kernel,
  type ProcessId,
  type Signal,
  spawnPlain,
} from '@rekindle/kernel/internal';
import { afterEach, beforeEach } from 'vitest';
import { Probe } from './probe.js';
import { VirtualHost } from './virtual-host.js';

/** One kernel of a cluster, and what a test does with it. */
export class Member {
  readonly kernel: Kernel;
  readonly codec: Codec;

  constructor(host: VirtualHost, node: string, thread: number) {
    this.kernel = new Kernel({ host, node, thread });
    this.codec = new Codec(this.kernel);
  }

  probe(options: SpawnOptions = {}): Probe {
    return new Probe(options, (body, settings) => spawnPlain(this.kernel, null, body, settings).pid);
  }

  /** What this member calls a process of any member. */
  see<P extends Pid>(pid: P): P {
    const { at, serial } = pid as unknown as ProcessId;
    return this.kernel.pid(this.address(at), serial) as unknown as P;
  }

  address({ node, incarnation, thread }: Address): Address {
    return this.kernel.address(node, incarnation, thread);
  }

  /** What it remembers of the processes of another member. */
  remembers(other: Member): boolean {
    const { peers } = this.address(other.kernel.here);
    return peers !== null && !peers.isEmpty;
  }
}

/** Signals on their way from one member to another, in order. */
class Lane {
  readonly queue: Buffer[] = [];
  held = false;
  /** All operations that were ever sent. */
  readonly sent: number[] = [];
}

/** Kernels of one process that know each other through bytes in memory only. */
export class Cluster {
  readonly host = new VirtualHost();
  readonly members: readonly Member[];
  readonly #lanes = new Map<string, Lane>();
  #delivering = 0;

  constructor(size: number) {
    this.members = Array.from({ length: size }, (_, thread) => new Member(this.host, 'node', thread));
    for (const member of this.members) {
      const carrier: Carrier = { send: (to, signal) => this.#send(member, this.#member(to), signal) };
      member.kernel.carrier = carrier;
      member.kernel.placement = (thread) => {
        if (typeof thread !== 'number') throw new Error(`no thread ${String(thread)}`);
        return member.address((this.members[thread] as Member).kernel.here);
      };
    }
  }

  /** Keeps what `from` sends to `to` on its way until `release`. */
  hold(from: Member, to: Member): void {
    this.#lane(from, to).held = true;
  }

  release(from: Member, to: Member): void {
    this.#lane(from, to).held = false;
    this.#deliverSoon(from, to);
  }

  /** The operations that went from one member to another. */
  sent(from: Member, to: Member): number[] {
    return this.#lane(from, to).sent;
  }

  /** The connection between two members is gone, with all that was on its way. Both notice. */
  cut(a: Member, b: Member): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#lane(from, to).queue.length = 0;
      from.kernel.addressDown(from.address(to.kernel.here));
    }
  }

  /** Resolves when nothing can run and nothing is on its way, except what is held. */
  async quiet(): Promise<void> {
    do await macrotask();
    while (this.#delivering > 0 || this.members.some(({ kernel }) => !kernel.turns.idle));
  }

  async pass(ms: number): Promise<void> {
    const end = this.host.now() + ms;
    await this.quiet();
    for (let next = this.host.nextTimer; next !== undefined && next <= end; next = this.host.nextTimer) {
      this.host.advanceTo(next);
      await this.quiet();
    }
    this.host.advanceTo(end);
    await this.quiet();
  }

  #member(at: Address): Member {
    return this.members[at.thread] as Member;
  }

  #lane(from: Member, to: Member): Lane {
    const key = `${from.kernel.here.thread} ${to.kernel.here.thread}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, (lane = new Lane()));
    return lane;
  }

  #send(from: Member, to: Member, signal: Signal): void {
    const lane = this.#lane(from, to);
    lane.queue.push(Buffer.from(from.codec.encode(signal)));
    lane.sent.push(signal[0]);
    this.#deliverSoon(from, to);
  }

  /** One signal per macrotask, so that everything else gets between them. */
  #deliverSoon(from: Member, to: Member): void {
    this.#delivering++;
    setImmediate(() => {
      this.#delivering--;
      const lane = this.#lane(from, to);
      if (lane.held) return;
      const bytes = lane.queue.shift();
      if (bytes === undefined) return;
      to.kernel.receive(to.address(from.kernel.here), to.codec.decode(bytes) as Signal);
      if (lane.queue.length > 0) this.#deliverSoon(from, to);
    });
  }
}

/** The cluster of the running test. */
export function useCluster(size: number): { readonly cluster: Cluster; readonly members: readonly Member[] } {
  let cluster!: Cluster;
  beforeEach(() => {
    cluster = new Cluster(size);
    installKernel((cluster.members[0] as Member).kernel);
  });
  afterEach(() => {
    installKernel(null);
  });
  return {
    get cluster() {
      return cluster;
    },
    get members() {
      return cluster.members;
    },
  };
}

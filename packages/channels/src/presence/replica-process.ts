import { type Down, GenServer, type Pid } from '@rekindle/kernel';
import { type Kernel, PROC } from '@rekindle/kernel/internal';
import { runtime } from '../channel-runtime.js';
import type { Entry } from './entries.js';
import type { Delta, PresenceReplica } from './replica.js';

type PresenceMessage =
  /** A replica has started: everyone sends it what they have, and gets what it has. */
  | { readonly type: 'hello'; readonly from: Pid }
  | { readonly type: 'snapshot'; readonly from: Pid; readonly sequence: number; readonly entries: readonly Entry[] }
  | { readonly type: 'delta'; readonly from: Pid; readonly sequence: number; readonly delta: Delta }
  /** The receiver has missed something of the sender's. */
  | { readonly type: 'pull'; readonly from: Pid }
  /** To itself: everything published before a list was given has come. */
  | { readonly type: 'caughtUp'; readonly list: number };

interface Peer {
  sequence: number;
}

const replicas = new WeakMap<Kernel, Map<string, PresenceReplica>>();

/** A thread's replicas by the name of their presence class. */
export function replicasOf(kernel: Kernel): Map<string, PresenceReplica> {
  let known = replicas.get(kernel);
  if (known === undefined) replicas.set(kernel, (known = new Map()));
  return known;
}

/** Keeps one replica in step with the others of the same name, on this node's threads and on other nodes. */
export class ReplicaProcess extends GenServer<{ info: PresenceMessage }> {
  static readonly className = 'rekindle.PresenceReplica';
  #replica!: PresenceReplica;
  #topic = '';
  #sequence = 0;
  readonly #peers = new Map<Pid, Peer>();

  override async init({ name }: { name: string }): Promise<void> {
    const { kernel } = this[PROC];
    const { pubsub } = runtime(kernel);
    this.#replica = replicasOf(kernel).get(name) as PresenceReplica;
    this.#topic = `rekindle:presence:${name}`;
    this.#replica.publish = (delta) => {
      this.#sequence++;
      pubsub.broadcastFrom(this.self, this.#topic, {
        type: 'delta',
        from: this.self,
        sequence: this.#sequence,
        delta,
      } satisfies PresenceMessage);
    };
    this.#replica.catchUp = (list) => {
      void pubsub.caughtUp(this.#topic).then(() => this.sendSelf({ type: 'caughtUp', list }));
    };
    await pubsub.subscribe(this.#topic, this.self);
    pubsub.broadcastFrom(this.self, this.#topic, { type: 'hello', from: this.self } satisfies PresenceMessage);
  }

  override handleInfo(message: PresenceMessage | Down): void {
    switch (message.type) {
      case 'hello':
        this.#greet(message.from);
        this.#sendSnapshot(message.from);
        break;
      case 'snapshot':
        this.#greet(message.from).sequence = message.sequence;
        this.#replica.replaced(message.from, message.entries, this.#announces(message.from));
        break;
      case 'delta':
        this.#delta(message.from, message.sequence, message.delta);
        break;
      case 'pull':
        this.#sendSnapshot(message.from);
        break;
      case 'caughtUp':
        this.#replica.caughtUp(message.list);
        break;
      default:
        if (message.type === 'DOWN') this.#lost(message.pid);
    }
  }

  #delta(from: Pid, sequence: number, delta: Delta): void {
    const peer = this.#peers.get(from);
    if (peer === undefined) {
      // Somebody we have not met: it has not met us either.
      this.#greet(from);
      this.send(from, { type: 'hello', from: this.self } satisfies PresenceMessage);
      this.send(from, { type: 'pull', from: this.self } satisfies PresenceMessage);
    } else if (sequence === peer.sequence + 1) {
      peer.sequence = sequence;
      this.#replica.received(from, delta, this.#announces(from));
    } else if (sequence > peer.sequence) this.send(from, { type: 'pull', from: this.self } satisfies PresenceMessage);
  }

  #greet(from: Pid): Peer {
    let peer = this.#peers.get(from);
    if (peer === undefined) {
      peer = { sequence: 0 };
      this.#peers.set(from, peer);
      this.monitor(from);
      this.#sendSnapshot(from);
    }
    return peer;
  }

  #sendSnapshot(to: Pid): void {
    this.send(to, { type: 'snapshot', from: this.self, sequence: this.#sequence, entries: this.#replica.own() } satisfies PresenceMessage);
  }

  #lost(peer: Pid): void {
    this.#peers.delete(peer);
    this.#replica.lost(peer, this.#announces(peer));
  }

  /**
   * Whether this replica tells the node's clients of a change by `writer`: a living thread of this node does that itself;
   * for other nodes, and for threads that died, the node's first replica does.
   */
  #announces(writer: Pid): boolean {
    const { node, thread } = this.self;
    if (writer.node === node && this.#peers.has(writer)) return false;
    for (const peer of this.#peers.keys()) if (peer.node === node && peer.thread < thread) return false;
    return true;
  }
}

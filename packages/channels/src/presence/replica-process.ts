import { type Down, GenServer, monitorNodes, type NodeDown, type NodeUp, nodes, type Pid } from '@rekindle/kernel';
import { type Kernel, PROC } from '@rekindle/kernel/internal';
import { runtime } from '../channel-runtime.js';
import type { Entry } from './entries.js';
import type { Delta, PresenceReplica } from './replica.js';

type PresenceMessage =
  /** A replica has started: everyone sends it what they have, and gets what it has. */
  | { readonly type: 'hello'; readonly from: Pid }
  | { readonly type: 'snapshot'; readonly from: Pid; readonly sequence: number; readonly entries: readonly Entry[] }
  | { readonly type: 'delta'; readonly from: Pid; readonly sequence: number; readonly delta: Delta }
  /** How much the sender has published: whoever knows less has missed something. */
  | { readonly type: 'digest'; readonly from: Pid; readonly sequence: number }
  /** The receiver has missed something of the sender's. */
  | { readonly type: 'pull'; readonly from: Pid }
  /** To itself: time for a digest. */
  | { readonly type: 'tellDigest' }
  /** To itself: everything published before a list was given has come. */
  | { readonly type: 'caughtUp'; readonly list: number };

/**
 * What is published between nodes is lost while there is no connection, and nothing may follow that would show it. So each change
 * is followed by some digests, for longer than nodes stay up without a connection; nodes that come up get one at once.
 */
const DIGEST_MS = 1000;
const DIGESTS = 10;

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
export class ReplicaProcess extends GenServer<{ info: PresenceMessage | NodeUp | NodeDown }> {
  static readonly className = 'rekindle.PresenceReplica';
  #replica!: PresenceReplica;
  #topic = '';
  #sequence = 0;
  #digestsDue = 0;
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
      this.#digestsLater();
    };
    this.#replica.catchUp = (list) => {
      void pubsub.caughtUp(this.#topic).then(() => this.sendSelf({ type: 'caughtUp', list }));
    };
    monitorNodes(this.self);
    await pubsub.subscribe(this.#topic, this.self);
    pubsub.broadcastFrom(this.self, this.#topic, { type: 'hello', from: this.self } satisfies PresenceMessage);
  }

  override handleInfo(message: PresenceMessage | NodeUp | NodeDown | Down): void {
    switch (message.type) {
      case 'hello':
        this.#greet(message.from);
        this.#sendSnapshot(message.from);
        break;
      case 'snapshot':
        this.#snapshot(message.from, message.sequence, message.entries);
        break;
      case 'delta':
        this.#delta(message.from, message.sequence, message.delta);
        break;
      case 'digest':
        if (this.#knows(message.from) && message.sequence > this.#greet(message.from).sequence) this.#pull(message.from);
        break;
      case 'nodeup':
        this.#tellDigest();
        break;
      case 'tellDigest':
        if (--this.#digestsDue > 0) this.sendAfter(DIGEST_MS, { type: 'tellDigest' } satisfies PresenceMessage);
        this.#tellDigest();
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

  #snapshot(from: Pid, sequence: number, entries: readonly Entry[]): void {
    const peer = this.#greet(from);
    // Snapshots and deltas take different ways: the deltas may have been faster.
    if (sequence < peer.sequence) return;
    peer.sequence = sequence;
    this.#replica.replaced(from, entries, this.#announces(from));
  }

  #delta(from: Pid, sequence: number, delta: Delta): void {
    if (!this.#knows(from)) return;
    const peer = this.#greet(from);
    if (sequence === peer.sequence + 1) {
      peer.sequence = sequence;
      this.#replica.received(from, delta, this.#announces(from));
    } else if (sequence > peer.sequence) this.#pull(from);
  }

  /** Whether that replica has been met. One that has not has not met this one either. */
  #knows(from: Pid): boolean {
    if (this.#peers.has(from)) return true;
    this.#greet(from);
    this.send(from, { type: 'hello', from: this.self } satisfies PresenceMessage);
    this.#pull(from);
    return false;
  }

  #pull(from: Pid): void {
    this.send(from, { type: 'pull', from: this.self } satisfies PresenceMessage);
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

  #tellDigest(): void {
    if (nodes().length === 0) return;
    const { pubsub } = runtime(this[PROC].kernel);
    pubsub.broadcastFrom(this.self, this.#topic, { type: 'digest', from: this.self, sequence: this.#sequence } satisfies PresenceMessage);
  }

  #digestsLater(): void {
    if (nodes().length === 0) return;
    if (this.#digestsDue === 0) this.sendAfter(DIGEST_MS, { type: 'tellDigest' } satisfies PresenceMessage);
    this.#digestsDue = DIGESTS;
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

import { MisuseError } from '@rekindle/kernel';
import { type Kernel, startReplicas, Timer } from '@rekindle/kernel/internal';
import type { Hub } from '@rekindle/pubsub/internal';
import { BadFrames } from './bad-frames.js';
import { registryReport, report } from './events.js';
import type { ClusterHistory } from './history/cluster-history.js';
import { Members, TICK_MS } from './membership/members.js';
import type { Peer } from './membership/peer.js';
import type { DownReason } from './membership/peer-state.js';
import { ClusterCarrier } from './node-carrier.js';
import { KvRegistry } from './registry/kv-registry.js';
import type { NameStore } from './registry/name-store.js';
import type { ClusterStats } from './stats.js';
import { Subjects } from './subjects.js';
import { DEFAULT_TIMING, type Timing } from './timing.js';
import { type AdapterEvents, type Interest, NatsAdapter } from './topics/nats-adapter.js';
import type { ClusterTransport, TransportEvent } from './transport/transport.js';

/** What a node gives to its connection with others. */
export interface NodeParts {
  readonly kernel: Kernel;
  readonly hub: Hub;
  /** To be called when the node cannot go on. */
  readonly fatal?: (error: Error) => void;
}

/** Where names are decided, unless the nodes do it themselves. */
export interface RegistryParts {
  readonly store: NameStore;
  readonly leaseMs: number;
  readonly onLeaseLoss: 'exit' | 'keep';
}

/** Who is there is heard within a heartbeat and met within another one: until then nobody can say who has a name. */
const SETTLE_MS = 1500;
/** How long what was sent has to arrive before a node that leaves is gone. */
const LEAVE_MS = 5000;

/** This node's place in its cluster. */
export class Cluster {
  readonly #parts: NodeParts;
  readonly #servers: string;
  readonly #transport: ClusterTransport;
  readonly #timing: Timing;
  readonly #members: Members;
  readonly #carrier: ClusterCarrier;
  readonly #adapter: NatsAdapter;
  readonly #history: ClusterHistory | null;
  readonly #bad = new BadFrames();
  readonly #ticks: Ticks;
  readonly #registry: KvRegistry | null;
  #cutOffAt: number | null = null;
  /** From its goodbye on what others do is no news: they may be leaving too. */
  #leaving = false;
  #left = false;
  #settled: (() => void) | null = null;
  #settleAt = 0;
  #firstEvent: () => void = () => {};

  /** `servers` is for people. */
  constructor(
    parts: NodeParts,
    cluster: string,
    transport: ClusterTransport,
    servers: string,
    options: {
      readonly interest?: Interest;
      readonly timing?: Timing;
      readonly registry?: RegistryParts | undefined;
      readonly history?: ClusterHistory | null;
    } = {},
  ) {
    const { kernel } = parts;
    const { interest = 'topic', timing = DEFAULT_TIMING, history = null } = options;
    const { node, incarnation } = kernel.here;
    this.#parts = parts;
    this.#servers = servers;
    this.#transport = transport;
    this.#history = history;
    this.#timing = timing;
    const subjects = new Subjects(cluster);
    this.#members = new Members({
      host: kernel.host,
      node,
      incarnation,
      transport,
      subjects,
      timing,
      schedule: (flush) => kernel.turns.afterTurn(flush),
      events: {
        up: (peer) => this.#up(peer),
        suspect: (peer, silentMs) => {
          this.#registry?.notHeard(peer.node);
          report({ type: 'nodesuspect', node: peer.node, incarnation: peer.incarnation, silentMs });
        },
        down: (peer, reason, wasUp) => this.#down(peer, reason, wasUp),
        crowded: (peer, crowded) => this.#crowded(peer, crowded),
        signal: (peer, from, to, bytes) => this.#carrier.received(peer, from, to, bytes),
        threadEnded: (peer, thread) => this.#carrier.threadEnded(peer, thread),
        bad: (name) => this.#bad.count(name),
        superseded: (later) => this.#superseded(later),
      },
    });
    this.#carrier = new ClusterCarrier(kernel, this.#members, this.#bad);
    const adapterEvents: AdapterEvents = {
      isGone: (name, run) => this.#members.isGone(name, run),
      bad: (name) => this.#bad.count(name),
      refused: (topic, bytes) => report({ type: 'refused', topic, bytes }),
      dropped: (count) => report({ type: 'broadcasts_dropped', count }),
    };
    this.#adapter = new NatsAdapter(kernel, transport, subjects, adapterEvents, interest, history ?? undefined);
    this.#ticks = new Ticks(kernel, () => this.#tick());
    this.#registry = options.registry === undefined ? null : this.#registryOn(options.registry);
  }

  #registryOn(parts: RegistryParts): KvRegistry {
    const { kernel } = this.#parts;
    const { node, incarnation } = kernel.here;
    const names = kernel.uniqueNames;
    return new KvRegistry({
      ...parts,
      host: kernel.host,
      node,
      incarnation,
      seenEpoch: () => names.holds.epoch,
      events: {
        forfeit: (name, owner) => names.replica?.forfeit(name, owner),
        renewed: (name, owner, token) => names.replica?.renewed(name, owner, token),
        report: (event) => report(registryReport(event)),
      },
    });
  }

  /** Resolves when the transport is connected or says why it is not, at the latest after `timeoutMs`. */
  async start(timeoutMs: number): Promise<void> {
    const { kernel, hub } = this.#parts;
    if (kernel.threads === null) kernel.carrier = this.#carrier;
    else kernel.threads.nodes = this.#carrier;
    startReplicas(kernel);
    if (this.#registry !== null) kernel.uniqueNames.replica?.useRegistry(this.#registry);
    this.#settleAfter(this.#timing.downAfterMs);
    this.#members.start();
    this.#ticks.start();
    const first = new Promise<void>((resolve) => {
      this.#firstEvent = resolve;
    });
    this.#transport.start((event) => this.#event(event));
    await within(kernel, timeoutMs, first);
    if (this.#registry !== null && this.#transport.connected) {
      await within(kernel, timeoutMs, this.#registry.connected());
      const { misuse } = this.#registry;
      if (misuse !== null) {
        await this.#disconnect();
        throw new MisuseError('bad_option', `cluster.registry: 'kv' needs JetStream, and ${misuse}; or use registry: 'gossip'`);
      }
    }
    try {
      await hub.connect(this.#adapter);
    } catch (error) {
      await this.#disconnect();
      throw error;
    }
  }

  /** The other nodes that can be reached. OTP: `nodes/0`. */
  nodes(): string[] {
    return this.#parts.kernel.nodes.list();
  }

  stats(): ClusterStats {
    const { sent, received } = { sent: this.#carrier.signalsSent, received: this.#carrier.signalsReceived };
    return {
      connected: this.#transport.connected,
      nodes: Array.from(this.#members.peers(), ({ node, incarnation, state, association }) => ({
        node,
        incarnation,
        phase: state.phase,
        bufferedBytes: association?.bufferedBytes ?? 0,
        waitingFrames: association?.waiting ?? 0,
        silentMs: Math.round(this.#members.time.now - state.heardAt),
      })),
      signals: { sent, received },
      frames: { ...this.#members.counts },
      broadcasts: { ...this.#adapter.counts, topics: this.#adapter.topicCount },
      badFrames: this.#bad.total,
    };
  }

  /** Waits until what this node has sent is there, says goodbye and disconnects. To the others it is down for reason `node_left`. */
  async leave(): Promise<void> {
    if (this.#left) return;
    const { kernel } = this.#parts;
    if (this.#transport.connected) {
      const settled = new Promise<void>((resolve) => {
        this.#settled = resolve;
      });
      await within(kernel, LEAVE_MS, Promise.all([settled, this.#adapter.emptied()]));
      if (this.#registry !== null) await within(kernel, LEAVE_MS, this.#registry.leave());
      this.#leaving = true;
      this.#members.sayGoodbye();
      await within(kernel, LEAVE_MS, this.#transport.flush());
    }
    await this.#disconnect();
  }

  async #disconnect(): Promise<void> {
    this.#leaving = true;
    this.#left = true;
    this.#ticks.stop();
    void this.#registry?.leave();
    this.#members.stop();
    await this.#adapter.stop();
    this.#history?.stop();
    await this.#transport.stop();
  }

  #tick(): void {
    this.#members.tick();
    const { now } = this.#members.time;
    this.#bad.tick(now);
    this.#adapter.tick(now);
    if (now >= this.#settleAt) this.#parts.kernel.nodes.settled = true;
    if (this.#settled !== null && (this.#members.settled || !this.#transport.connected)) this.#settled();
  }

  /** One that finds nobody in that time is alone. */
  #settleAfter(ms: number): void {
    this.#parts.kernel.nodes.settled = false;
    this.#settleAt = this.#members.time.now + ms;
  }

  #event(event: TransportEvent): void {
    if (this.#left) return;
    this.#firstEvent();
    const { host } = this.#parts.kernel;
    switch (event.type) {
      case 'connected':
        report(event);
        this.#members.connected();
        this.#settleAfter(SETTLE_MS);
        void this.#registry?.connected();
        if (this.#cutOffAt !== null) {
          this.#parts.hub.gap();
          // Until the broker has seen the subscriptions again, more may be lost.
          void this.#transport.flush().then(() => this.#parts.hub.gap());
          report({ type: 'gap', from: this.#cutOffAt, to: host.wallTime() });
        }
        this.#cutOffAt = null;
        this.#history?.connected();
        break;
      case 'disconnected':
        report(event);
        this.#cutOffAt = host.wallTime();
        this.#members.disconnected();
        this.#adapter.disconnected();
        this.#history?.disconnected();
        break;
      case 'unreachable':
        report({ ...event, servers: this.#servers });
        break;
      case 'error':
        report(event);
        break;
    }
  }

  #up({ node, incarnation }: Peer): void {
    const { nodes, threads } = this.#parts.kernel;
    nodes.up(node, incarnation);
    threads?.nodeUp(node, incarnation);
    this.#registry?.heard(node);
    report({ type: 'nodeup', node, incarnation });
  }

  #crowded({ node, incarnation }: Peer, crowded: boolean): void {
    const { nodes, threads } = this.#parts.kernel;
    if (crowded) nodes.crowded.set(node, incarnation);
    else nodes.crowded.clear(node, incarnation);
    threads?.nodeCrowded(node, incarnation, crowded);
  }

  #down({ node, incarnation }: Peer, reason: DownReason, wasUp: boolean): void {
    const { nodes, threads } = this.#parts.kernel;
    nodes.down(node, incarnation, reason);
    threads?.nodeDown(node, incarnation, reason);
    this.#registry?.notHeard(node);
    this.#adapter.nodeDown(node);
    if (wasUp && !this.#leaving) report({ type: 'nodedown', node, incarnation, reason });
  }

  #superseded(incarnation: number): void {
    if (this.#left) return;
    const { node } = this.#parts.kernel.here;
    report({ type: 'superseded', node, incarnation });
    void this.#disconnect();
    this.#parts.fatal?.(new Error(`another process has joined the cluster as node '${node}': every node needs a name of its own`));
  }
}

/** Calls `tick` again and again, on the kernel's clock. */
class Ticks extends Timer {
  readonly #kernel: Kernel;
  readonly #tick: () => void;

  constructor(kernel: Kernel, tick: () => void) {
    super();
    this.#kernel = kernel;
    this.#tick = tick;
  }

  start(): void {
    this.#kernel.timers.start(this, TICK_MS);
  }

  stop(): void {
    this.cancel();
  }

  override fire(): void {
    this.start();
    this.#tick();
  }
}

class Deadline extends Timer {
  readonly #passed: () => void;
  constructor(passed: () => void) {
    super();
    this.#passed = passed;
  }
  override fire(): void {
    this.#passed();
  }
}

/** Waits for `done`, but not longer. */
function within(kernel: Kernel, timeoutMs: number, done: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const deadline = new Deadline(resolve);
    kernel.timers.start(deadline, timeoutMs);
    void done.then(() => {
      deadline.cancel();
      resolve();
    });
  });
}

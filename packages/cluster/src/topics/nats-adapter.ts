import { Codec, type Kernel } from '@rekindle/kernel/internal';
import type { Adapter, Content, TopicStore } from '@rekindle/pubsub';
import {
  decodeBroadcast,
  encodeBroadcast,
  MAX_BROADCAST_BYTES,
  type Origin,
  originOf,
  Parts,
  partOf,
  splitBroadcast,
} from '@rekindle/pubsub/internal';
import type { Subjects } from '../subjects.js';
import type { ClusterTransport, Listening } from '../transport/transport.js';
import { BroadcastWindow } from './broadcast-window.js';
import { topicShard, topicToken } from './topic-token.js';

/** One frame of it. */
const MAX_FRAME_BYTES = 512 * 1024;

const REPORT_MS = 1000;

export interface AdapterEvents {
  /** Whether that run of that node is gone: nothing from it counts. */
  isGone(node: string, incarnation: number): boolean;
  bad(node: string): void;
  refused(topic: string, bytes: number): void;
  /** So many more were dropped, because NATS takes them too slowly. */
  dropped(count: number): void;
}

/** Broadcasts, in numbers. */
export interface AdapterCounts {
  readonly sent: number;
  readonly received: number;
  readonly droppedDisconnected: number;
  readonly droppedSlow: number;
  readonly droppedGone: number;
  readonly refused: number;
  readonly waitingBytes: number;
}

/** How many of them are kept in mind. */
const MAX_SUBJECTS = 4096;

/** Of a message in parts, with its header. */
const MAX_PARTS_BYTES = MAX_BROADCAST_BYTES + 64 * 1024;

interface Subscribed {
  readonly listening: Listening;
  readonly parts: Parts;
}

/** A node subscribes to the topics that somebody there wants, or to all and drops what nobody wants. */
export type Interest = 'topic' | 'flood';

/** Topics over a `ClusterTransport`: one subject per topic, subscribed to while somebody on this node wants it, or one for all. */
export class NatsAdapter implements Adapter {
  readonly name = 'nats';
  readonly store: TopicStore | undefined;
  readonly #kernel: Kernel;
  readonly #transport: ClusterTransport;
  readonly #subjects: Subjects;
  readonly #events: AdapterEvents;
  readonly #codec: Codec;
  readonly #origin: Origin;
  readonly #window: BroadcastWindow;
  readonly #topics = new Map<string, Subscribed>();
  /** Of topics that were published to lately. */
  readonly #subjectOf = new Map<string, string>();
  #deliver: (topic: string, content: Content) => void = () => {};
  #confirming: Promise<void> | null = null;
  #messages = 0;
  #reported = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  readonly #counts = { received: 0, droppedDisconnected: 0, droppedGone: 0, refused: 0 };

  readonly #flood: boolean;
  /** What comes to all. */
  readonly #everything: Parts = new Parts(MAX_PARTS_BYTES);
  #floodListening: Listening | null = null;

  constructor(
    kernel: Kernel,
    transport: ClusterTransport,
    subjects: Subjects,
    events: AdapterEvents,
    interest: Interest = 'topic',
    store?: TopicStore,
  ) {
    this.store = store;
    this.#flood = interest === 'flood';
    this.#kernel = kernel;
    this.#transport = transport;
    this.#subjects = subjects;
    this.#events = events;
    this.#codec = new Codec(kernel, 'nodes');
    this.#window = new BroadcastWindow(transport);
    this.#origin = kernel.here;
  }

  /** So far; and how much waits now. */
  get counts(): AdapterCounts {
    const { sent, dropped, waitingBytes } = this.#window;
    return { ...this.#counts, sent, droppedSlow: dropped, waitingBytes };
  }

  /** Topics that are subscribed to. */
  get topicCount(): number {
    return this.#topics.size;
  }

  async start(deliver: (topic: string, content: Content) => void): Promise<void> {
    this.#deliver = deliver;
    if (!this.#flood) return;
    this.#floodListening = this.#transport.subscribe(this.#subjects.flood, (bytes) => this.#arrived(null, this.#everything, bytes));
  }

  subscribe(topic: string): Promise<void> {
    if (this.#flood) {
      this.#topics.set(topic, NOT_ALONE);
      return this.#confirmed();
    }
    const parts = new Parts(MAX_PARTS_BYTES);
    const listening = this.#transport.subscribe(this.#subject(topic), (bytes) => this.#arrived(topic, parts, bytes));
    this.#topics.set(topic, { listening, parts });
    return this.#confirmed();
  }

  unsubscribe(topic: string): void {
    this.#topics.get(topic)?.listening.unsubscribe();
    this.#topics.delete(topic);
  }

  publish(topic: string, content: Content): void {
    if (!this.#transport.connected) {
      this.#counts.droppedDisconnected++;
      return;
    }
    const frame = encodeBroadcast(this.#origin, topic, content, this.#codec);
    if (frame.length > MAX_BROADCAST_BYTES) {
      this.#counts.refused++;
      this.#events.refused(topic, frame.length);
      return;
    }
    const subject = this.#subject(topic);
    const limit = Math.min(MAX_FRAME_BYTES, this.#transport.maxPayload);
    const frames = frame.length <= limit ? [frame] : splitBroadcast(this.#origin, frame, this.#messages++ >>> 0, limit);
    this.#window.send(subject, frames);
  }

  async stop(): Promise<void> {
    for (const topic of [...this.#topics.keys()]) this.unsubscribe(topic);
    this.#floodListening?.unsubscribe();
    this.#floodListening = null;
  }

  /** Says at most once a second what has been dropped. */
  tick(now: number): void {
    const count = this.#window.dropped - this.#reported;
    if (count === 0 || now - this.#reportedAt < REPORT_MS) return;
    this.#reported += count;
    this.#reportedAt = now;
    this.#events.dropped(count);
  }

  /** Resolves when all that was published is given to the connection. */
  emptied(): Promise<void> {
    return this.#window.emptied();
  }

  /** The connection was lost: what has come of large messages is not continued, and what waits has nowhere to go. */
  disconnected(): void {
    this.#counts.droppedDisconnected += this.#window.disconnected();
    this.#everything.clear();
    for (const { parts } of this.#topics.values()) parts.clear();
  }

  nodeDown(node: string): void {
    this.#everything.forget(node);
    for (const { parts } of this.#topics.values()) if (!parts.isEmpty) parts.forget(node);
  }

  #subject(topic: string): string {
    if (this.#flood) return this.#subjects.flood;
    const known = this.#subjectOf.get(topic);
    if (known !== undefined) return known;
    if (this.#subjectOf.size >= MAX_SUBJECTS) this.#subjectOf.clear();
    const token = topicToken(topic);
    const subject = this.#subjects.topic(topicShard(token), token);
    this.#subjectOf.set(topic, subject);
    return subject;
  }

  /** One round trip confirms everything that was subscribed to in this turn. */
  #confirmed(): Promise<void> {
    this.#confirming ??= new Promise((resolve) => {
      this.#kernel.host.microtask(() => {
        this.#confirming = null;
        void this.#transport.flush().then(resolve);
      });
    });
    return this.#confirming;
  }

  #arrived(topic: string | null, parts: Parts, bytes: Uint8Array): void {
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const origin = originOf(frame);
    if (origin === undefined) {
      this.#events.bad('unknown');
      return;
    }
    if (this.#events.isGone(origin.node, origin.incarnation)) {
      this.#counts.droppedGone++;
      return;
    }
    try {
      const part = partOf(frame);
      if (part === undefined) this.#take(topic, frame);
      else {
        const whole = parts.add(origin, part);
        if (whole !== undefined) this.#take(topic, whole);
      }
    } catch {
      this.#events.bad(origin.node);
    }
  }

  #take(topic: string | null, frame: Buffer): void {
    const { topic: published, content } = decodeBroadcast(frame, this.#codec);
    // Long topics share the space of a hash: whoever finds two with the same gets neither the other's messages.
    if (topic !== null && published !== topic) throw new RangeError('another topic');
    if (topic === null && !this.#topics.has(published)) return;
    this.#counts.received++;
    this.#deliver(published, content);
  }
}

/** A topic that comes with all others. */
const NOT_ALONE: Subscribed = { listening: { unsubscribe: () => {} }, parts: new Parts(0) };

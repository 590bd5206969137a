import { Codec, type Kernel } from '@rekindle/kernel/internal';
import type { Adapter, Content } from '@rekindle/pubsub';
import type { Subjects } from '../subjects.js';
import type { ClusterTransport, Listening } from '../transport/transport.js';
import { decodeBroadcast, encodeBroadcast, type Origin, originOf, partOf, splitBroadcast } from './broadcast-frame.js';
import { Parts } from './parts.js';
import { topicShard, topicToken } from './topic-token.js';

/** A message may take so much, encoded; larger ones do not leave the node. */
export const MAX_BROADCAST_BYTES: number = 16 * 2 ** 20;
/** One frame of it. */
const MAX_FRAME_BYTES = 512 * 1024;

export interface AdapterEvents {
  /** Whether that run of that node is gone: nothing from it counts. */
  isGone(node: string, incarnation: number): boolean;
  bad(node: string): void;
  refused(topic: string, bytes: number): void;
}

interface Subscribed {
  readonly listening: Listening;
  readonly parts: Parts;
}

/** Topics over a `ClusterTransport`: one subject per topic, subscribed to while somebody on this node wants it. */
export class NatsAdapter implements Adapter {
  readonly name = 'nats';
  readonly #kernel: Kernel;
  readonly #transport: ClusterTransport;
  readonly #subjects: Subjects;
  readonly #events: AdapterEvents;
  readonly #codec: Codec;
  readonly #origin: Origin;
  readonly #topics = new Map<string, Subscribed>();
  #deliver: (topic: string, content: Content) => void = () => {};
  #confirming: Promise<void> | null = null;
  #messages = 0;
  readonly counts = { sent: 0, received: 0, droppedDisconnected: 0, droppedGone: 0, refused: 0 };

  constructor(kernel: Kernel, transport: ClusterTransport, subjects: Subjects, events: AdapterEvents) {
    this.#kernel = kernel;
    this.#transport = transport;
    this.#subjects = subjects;
    this.#events = events;
    this.#codec = new Codec(kernel, 'nodes');
    this.#origin = kernel.here;
  }

  /** Topics that are subscribed to. */
  get topicCount(): number {
    return this.#topics.size;
  }

  async start(deliver: (topic: string, content: Content) => void): Promise<void> {
    this.#deliver = deliver;
  }

  subscribe(topic: string): Promise<void> {
    const parts = new Parts(MAX_BROADCAST_BYTES + 64 * 1024);
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
      this.counts.droppedDisconnected++;
      return;
    }
    const frame = encodeBroadcast(this.#origin, topic, content, (term) => this.#codec.encode(term));
    if (frame.length > MAX_BROADCAST_BYTES) {
      this.counts.refused++;
      this.#events.refused(topic, frame.length);
      return;
    }
    this.counts.sent++;
    const subject = this.#subject(topic);
    const limit = Math.min(MAX_FRAME_BYTES, this.#transport.maxPayload);
    if (frame.length <= limit) this.#transport.publish(subject, frame);
    else for (const part of splitBroadcast(this.#origin, frame, this.#messages++ >>> 0, limit)) this.#transport.publish(subject, part);
  }

  async stop(): Promise<void> {
    for (const topic of [...this.#topics.keys()]) this.unsubscribe(topic);
  }

  /** The connection was lost: what has come of large messages is not continued. */
  disconnected(): void {
    for (const { parts } of this.#topics.values()) parts.clear();
  }

  nodeDown(node: string): void {
    for (const { parts } of this.#topics.values()) if (!parts.isEmpty) parts.forget(node);
  }

  #subject(topic: string): string {
    const token = topicToken(topic);
    return this.#subjects.topic(topicShard(token), token);
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

  #arrived(topic: string, parts: Parts, bytes: Uint8Array): void {
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const origin = originOf(frame);
    if (origin === undefined) {
      this.#events.bad('unknown');
      return;
    }
    if (this.#events.isGone(origin.node, origin.incarnation)) {
      this.counts.droppedGone++;
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

  #take(topic: string, frame: Buffer): void {
    const { topic: published, content } = decodeBroadcast(frame, (term) => this.#codec.decode(term));
    // Long topics share the space of a hash: whoever finds two with the same gets neither the other's messages.
    if (published !== topic) throw new RangeError('another topic');
    this.counts.received++;
    this.#deliver(topic, content);
  }
}

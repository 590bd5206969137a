import { Codec, type Kernel } from '@rekindle/kernel/internal';
import type { Adapter, Content } from '@rekindle/pubsub';
import { decodeBroadcast, encodeBroadcast, MAX_BROADCAST_BYTES, type Origin, originOf } from '@rekindle/pubsub/internal';
import { Redis } from 'ioredis';
import type { RedisOptions } from './options.js';

export interface RedisEvents {
  connected(): void;
  /** The reason, if it was never connected. */
  disconnected(error: Error | undefined): void;
  bad(node: string): void;
  refused(topic: string, bytes: number): void;
}

const RETRY_MS = 100;
const MAX_RETRY_MS = 1000;

/**
 * Topics over Redis: one channel per topic, subscribed to while somebody on this node wants it. Redis gives no order between two
 * connections and keeps nothing: what is published while there is no connection is lost and counted.
 */
export class RedisAdapter implements Adapter {
  readonly name = 'redis';
  readonly #prefix: string;
  readonly #flood: boolean;
  readonly #events: RedisEvents;
  readonly #codec: Codec;
  readonly #origin: Origin;
  /** A connection that subscribes can do nothing else. */
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #topics = new Set<string>();
  #deliver: (topic: string, content: Content) => void = () => {};
  #connected = false;
  #lastError: Error | undefined;
  readonly counts = { sent: 0, received: 0, droppedDisconnected: 0, refused: 0 };

  constructor(kernel: Kernel, { url, name, interest = 'topic' }: RedisOptions, events: RedisEvents) {
    this.#prefix = `rt1:${name}:`;
    this.#flood = interest === 'flood';
    this.#events = events;
    this.#codec = new Codec(kernel, 'nodes');
    this.#origin = kernel.here;
    const shared = {
      lazyConnect: true,
      maxRetriesPerRequest: null,
      retryStrategy: (attempts: number) => Math.min(RETRY_MS * attempts, MAX_RETRY_MS),
    };
    // Kept for later it would come late and out of order; a subscription that is kept is one.
    this.#publisher = new Redis(url, { ...shared, enableOfflineQueue: false });
    this.#subscriber = new Redis(url, { ...shared, autoResubscribe: true });
    for (const connection of [this.#publisher, this.#subscriber]) {
      connection.on('error', (error: Error) => {
        this.#lastError = error;
      });
      connection.on('ready', () => this.#look());
      connection.on('close', () => this.#look());
    }
    this.#subscriber.on('messageBuffer', (_channel: Buffer, bytes: Buffer) => this.#arrived(bytes));
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Connects, for ever; resolves when that has worked. */
  async start(deliver: (topic: string, content: Content) => void): Promise<void> {
    this.#deliver = deliver;
    const ready = [this.#publisher, this.#subscriber].map(
      (connection) => new Promise<void>((resolve) => void connection.once('ready', () => resolve())),
    );
    // A first attempt that fails is followed by others.
    for (const connection of [this.#publisher, this.#subscriber]) connection.connect().catch(() => {});
    if (this.#flood) this.#subscriber.subscribe(this.#channel('')).catch(() => {});
    await Promise.all(ready);
    if (this.#flood) await this.#subscriber.subscribe(this.#channel(''));
  }

  async subscribe(topic: string): Promise<void> {
    this.#topics.add(topic);
    if (!this.#flood) await this.#subscriber.subscribe(this.#channel(topic));
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic);
    if (!this.#flood) this.#subscriber.unsubscribe(this.#channel(topic)).catch(() => {});
  }

  publish(topic: string, content: Content): void {
    if (this.#publisher.status !== 'ready') {
      this.counts.droppedDisconnected++;
      return;
    }
    const frame = encodeBroadcast(this.#origin, topic, content, this.#codec);
    if (frame.length > MAX_BROADCAST_BYTES) {
      this.counts.refused++;
      this.#events.refused(topic, frame.length);
      return;
    }
    this.counts.sent++;
    this.#publisher.publish(this.#channel(topic), frame).catch(() => {
      this.counts.sent--;
      this.counts.droppedDisconnected++;
    });
  }

  async stop(): Promise<void> {
    this.#topics.clear();
    for (const connection of [this.#publisher, this.#subscriber]) connection.disconnect();
  }

  #channel(topic: string): string {
    return this.#flood ? `${this.#prefix}f` : `${this.#prefix}t:${topic}`;
  }

  #look(): void {
    const connected = this.#publisher.status === 'ready' && this.#subscriber.status === 'ready';
    if (connected) this.#lastError = undefined;
    if (connected === this.#connected) {
      if (!connected && this.#lastError !== undefined) this.#events.disconnected(this.#lastError);
      return;
    }
    this.#connected = connected;
    if (connected) this.#events.connected();
    else this.#events.disconnected(undefined);
  }

  #arrived(frame: Buffer): void {
    const origin = originOf(frame);
    if (origin === undefined) {
      this.#events.bad('unknown');
      return;
    }
    // Redis gives everything to everybody, its sender too.
    if (origin.node === this.#origin.node && origin.incarnation === this.#origin.incarnation) return;
    try {
      const { topic, content } = decodeBroadcast(frame, this.#codec);
      if (!this.#topics.has(topic)) return;
      this.counts.received++;
      this.#deliver(topic, content);
    } catch {
      this.#events.bad(origin.node);
    }
  }
}

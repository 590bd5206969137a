import type { Content } from './content.js';
import type { TopicStore } from './history/topic-store.js';

/**
 * What carries topics between nodes. Delivery is at most once and in order per publishing node; a message is lost only when
 * the connection to the broker is. A node's own messages must not come back to it.
 */
export interface Adapter {
  readonly name: string;
  /** Where events of recoverable topics are kept for all nodes. Without one each node keeps its own. */
  readonly store?: TopicStore | undefined;
  /** `deliver` is called for each message another node has published to a topic this one is subscribed to. */
  start(deliver: (topic: string, content: Content) => void): Promise<void>;
  /** Resolves when messages that other nodes publish from now on will arrive. Called once per topic until `unsubscribe`. */
  subscribe(topic: string): Promise<void>;
  unsubscribe(topic: string): void;
  publish(topic: string, content: Content): void;
  stop(): Promise<void>;
}

/** The adapter of a node that is alone. */
export class LocalAdapter implements Adapter {
  readonly name = 'local';
  async start(): Promise<void> {}
  async subscribe(): Promise<void> {}
  unsubscribe(): void {}
  publish(): void {}
  async stop(): Promise<void> {}
}

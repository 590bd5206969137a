import type { TopicStore } from '@rekindle/pubsub';

/** Where a cluster's recoverable topics are kept, and what it has to be told. */
export interface ClusterHistory extends TopicStore {
  connected(): void;
  disconnected(): void;
  stop(): void;
}

export { type Adapter, LocalAdapter } from './adapter.js';
export type { Broadcast, Content, Payload, Scope } from './content.js';
export type { Excerpt, FreshEvent, Head, StoredEvent, StoreEvents, StoreLimits, TopicStore } from './history/topic-store.js';
export { MAX_TOPIC_LENGTH, PubSub } from './pubsub.js';

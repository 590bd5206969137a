export { type Adapter, LocalAdapter } from './adapter.js';
export type { Broadcast, Content, Payload, Scope } from './content.js';
export { MAX_TOPIC_LENGTH, PubSub } from './pubsub.js';

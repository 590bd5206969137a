// For sibling packages: not part of the public API, may change in any release.
export {
  decodeBroadcast,
  encodeBroadcast,
  MAX_BROADCAST_BYTES,
  type Origin,
  originOf,
  type Part,
  partOf,
  splitBroadcast,
  type TermCodec,
} from './broadcast-frame.js';
export { messageOf, payloadOf } from './content.js';
export { type Known, SharedLog } from './history/shared-log.js';
export { SharedLogs } from './history/shared-logs.js';
export { type Cursor, cursorText, type LoggedEvent, type Recovered, readCursor, TopicLog } from './history/topic-log.js';
export { type JoinedLog, TopicLogs } from './history/topic-logs.js';
export { matches, type PolicyTable, policyOf, type TopicPolicy } from './history/topic-policy.js';
export {
  type Excerpt,
  type FreshEvent,
  type Head,
  isComplete,
  type Kept,
  NotKept,
  type StoredEvent,
  type StoreEvents,
  type StoreLimits,
  type TopicStore,
} from './history/topic-store.js';
export { type Fastlane, Hub, type HubMember, type Keeper, type Recorder } from './hub.js';
export { LocalUplink } from './local-uplink.js';
export { Parts } from './parts.js';
export { checkTopic, isTopic, isWellFormed, type Uplink } from './pubsub.js';
export { SeenIds } from './seen-ids.js';
export { type Receive, Subscription } from './subscription.js';

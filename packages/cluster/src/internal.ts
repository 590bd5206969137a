// For sibling packages and tests: not part of the public API, may change in any release.
export { Association, type AssociationCounts, type AssociationEnd, MAX_BUFFERED_BYTES } from './association/association.js';
export { BatchWriter, readBatch } from './association/batch.js';
export * as headers from './association/header.js';
export { Incoming } from './association/incoming.js';
export { Outgoing, WINDOW_BYTES } from './association/outgoing.js';
export * as serial from './association/serial.js';
export { decodeBeat, encodeBeat } from './membership/beat.js';
export { meet, type Pairing } from './membership/pairing.js';
export { isOverdue, newPeer, type PeerState, type Sign, step } from './membership/peer-state.js';
export { checkOptions } from './options.js';
export { OwnTime } from './own-time.js';
export { Subjects } from './subjects.js';
export { DEFAULT_TIMING, type Timing } from './timing.js';
export { NatsAdapter } from './topics/nats-adapter.js';
export { topicShard, topicToken } from './topics/topic-token.js';
export { MemoryBroker, type MemoryTransport } from './transport/memory-transport.js';
export { NatsTransport } from './transport/nats-transport.js';
export type { ClusterTransport, TransportEvent } from './transport/transport.js';

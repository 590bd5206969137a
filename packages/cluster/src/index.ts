export { Cluster, type NodeParts } from './cluster.js';
export { connectCluster } from './connect-cluster.js';
export type { ClusterEvent } from './events.js';
export type { JetStreamHistory } from './history/history-options.js';
export type { DownReason } from './membership/peer-state.js';
export type { ClusterOptions, KvOptions } from './options.js';
export { type NatsPermissions, natsPermissions } from './permissions.js';
export type { ClusterStats, NodeStats } from './stats.js';

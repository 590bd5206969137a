// For sibling packages: not part of the public API, may change in any release.
export type { Admission } from './admission.js';
export { optionsOf } from './channel-options.js';
export { type ChannelRuntime, installRuntime, runtime } from './channel-runtime.js';
export { ChannelSupervisor, ConnectionHost, type SocketEntry, SocketSupervisor } from './connection-host.js';
export {
  type Accepted,
  type ConnectionOrigin,
  type GatewayLink,
  type KeptJoin,
  type OpenRequest,
  originOf,
  type Refusal,
  type ReviveRequest,
  type SocketCounter,
} from './link.js';
export { PresenceSupervisor } from './presence/presence.js';
export { type Delta, PresenceReplica } from './presence/replica.js';
export { RateLimit, REFUSED } from './rate-limit.js';
export * as reports from './reports.js';
export { SmallMap } from './small-map.js';
export * as telemetry from './telemetry.js';
export { cursorOf, withRecovery } from './topics/recovery.js';

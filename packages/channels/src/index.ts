export {
  type AnyChannel,
  broadcast,
  Channel,
  type ChannelClass,
  disconnect,
  type HandleIn,
  type HandleOut,
  localBroadcast,
  type Untyped,
} from './channel.js';
export { UnknownEvent } from './channel-behaviour.js';
export {
  type Contract,
  contract,
  type Declaration,
  type Exchange,
  type InvalidPayload,
  type Match,
  type PresenceState,
  type Topics,
  type Typed,
  type TypesOf,
} from './contract.js';
export { Presence } from './presence/presence.js';
export { PresenceError, type PresenceErrorCode } from './presence/replica.js';
export { type ReplyRef, replyAs, type StatusReply } from './reply-ref.js';
export type { BadFrameReport } from './reports.js';
export {
  type AnySocket,
  type AssignsOf,
  type ConnectInfo,
  type ErrorReply,
  error,
  type Routes,
  type RoutesOf,
  routes,
  Socket,
  type SocketClass,
} from './socket.js';
export * as Token from './token/token.js';

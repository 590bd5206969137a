export type { ErrorHandler, OriginCheck } from './admission.js';
export { AskError, type AskErrorCode, type AskOptions } from './ask.js';
export {
  type AnyChannel,
  broadcast,
  Channel,
  type ChannelClass,
  type ChannelSocket,
  disconnect,
  type HandleIn,
  type HandleOut,
  localBroadcast,
  type Untyped,
} from './channel.js';
export { UnknownEvent } from './channel-behaviour.js';
export type { ChannelOptions } from './channel-options.js';
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
export { contractMarkdown, type MarkdownOptions } from './contract-markdown.js';
export type { Refusal } from './link.js';
export { msgpack } from './msgpack.js';
export { Presence, type PresenceDiff } from './presence/presence.js';
export { PresenceError, type PresenceErrorCode } from './presence/replica.js';
export type { Rate } from './rate-limit.js';
export { type ReplyRef, replyAs, type StatusReply } from './reply-ref.js';
export type { BadFrameReport, FloodReport, SlowReaderReport } from './reports.js';
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
export type { ChannelHandledIn, ChannelJoined, SocketConnected, SocketDrain } from './telemetry.js';
export * as Token from './token/token.js';

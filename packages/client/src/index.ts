export { type Answer, answer } from './answer.js';
export type { ChannelTypes } from './channel-types.js';
export { onAsk } from './on-ask.js';
export { type Lost, type Recovery, recoverable } from './recoverable.js';
export { type RefreshOptions, refresh } from './refresh.js';
export { type TypedChannel, type TypedPush, type TypedSocket, typed } from './typed.js';

import { channel } from 'node:diagnostics_channel';
import type { ConnectInfo } from './socket.js';

// What Phoenix tells through :telemetry, on node:diagnostics_channel: the same events and fields, in camelCase. Events are
// published on the thread on which the thing happens, and made only if somebody listens.

export const SOCKET_CONNECTED = 'phoenix.socket_connected';
export const SOCKET_DRAIN = 'phoenix.socket_drain';
export const CHANNEL_JOINED = 'phoenix.channel_joined';
export const CHANNEL_HANDLED_IN = 'phoenix.channel_handled_in';

/** A socket's `connect` has answered. Phoenix: `[:phoenix, :socket_connected]`. */
export interface SocketConnected {
  /** Milliseconds that it took. */
  readonly duration: number;
  /** As the client sent them: tokens too. */
  readonly params: { readonly [key: string]: unknown };
  readonly connectInfo: ConnectInfo;
  readonly vsn: string;
  /** Name of the socket class. */
  readonly userSocket: string;
  readonly transport: ConnectInfo['transport'];
  readonly serializer: string;
  readonly result: 'ok' | 'error';
}

/** A channel's `join` has answered. Phoenix: `[:phoenix, :channel_joined]`. */
export interface ChannelJoined {
  /** Milliseconds from the client's request to the answer. */
  readonly duration: number;
  readonly params: unknown;
  readonly topic: string;
  /** Name of the channel class. */
  readonly channel: string;
  readonly transport: ConnectInfo['transport'];
  readonly serializer: string;
  readonly result: 'ok' | 'error';
}

/** A channel has handled a client's event. Phoenix: `[:phoenix, :channel_handled_in]`. */
export interface ChannelHandledIn {
  /** Milliseconds that the handler took, until its promise was settled if it answered one. */
  readonly duration: number;
  readonly event: unknown;
  readonly params: unknown;
  readonly topic: string;
  readonly channel: string;
}

/** A node that stops tells a batch of its connections to go elsewhere. Phoenix: `[:phoenix, :socket_drain]`. */
export interface SocketDrain {
  /** Connections in this batch. */
  readonly count: number;
  readonly total: number;
  /** Number of the batch, from 1. */
  readonly index: number;
  readonly rounds: number;
  /** Milliseconds between batches. */
  readonly interval: number;
}

export const socketConnected = channel(SOCKET_CONNECTED);
export const socketDrain = channel(SOCKET_DRAIN);
export const channelJoined = channel(CHANNEL_JOINED);
export const channelHandledIn = channel(CHANNEL_HANDLED_IN);

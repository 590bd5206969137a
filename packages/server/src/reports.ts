import { channel } from 'node:diagnostics_channel';

/**
 * A client left more unread than `maxBufferedBytes` allows; its connection was cut off. uWebSockets.js tells of it only when a
 * frame for that client alone did not fit; when a broadcast did not, the connection is cut off without a report.
 */
export interface SlowClientReport {
  readonly peer: string;
  /** The socket's path. */
  readonly path: string;
  readonly transport: 'websocket' | 'longpoll' | 'sse';
  readonly maxBufferedBytes: number;
}

/** Name of the diagnostics channel. */
export const SLOW_CLIENT = 'rekindle.slow_client';

const slowClients = channel(SLOW_CLIENT);

export function reportSlowClient(make: () => SlowClientReport): void {
  if (slowClients.hasSubscribers) slowClients.publish(make());
}

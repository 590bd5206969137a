import { channel } from 'node:diagnostics_channel';

/** A client sent a frame that cannot be decoded; its connection was closed with 1011. What it said is not in the report. */
export interface BadFrameReport {
  readonly peer: string;
  /** The socket's path. */
  readonly path: string;
  readonly expected: string;
  readonly kind: 'text' | 'binary';
  /** Characters, or bytes. */
  readonly length: number;
}

/** Name of the diagnostics channel. */
export const BAD_FRAME = 'rekindle.bad_frame';

/** A client that sends far too much was cut off with 1008. */
export interface FloodReport {
  readonly peer: string;
  /** The socket's path. */
  readonly path: string;
  readonly limit: 'joinsLimited' | 'eventsLimited';
}

/** Name of the diagnostics channel. */
export const FLOOD = 'rekindle.flood';

/** A client that does not read what it is sent was cut off: with 1013, or where that could not be said, without a code. */
export interface SlowReaderReport {
  readonly peer: string;
  /** The socket's path. */
  readonly path: string;
  /** More than that waited. */
  readonly maxBufferedBytes: number;
}

/** Name of the diagnostics channel. */
export const SLOW_READER = 'rekindle.slow_reader';

const badFrames = channel(BAD_FRAME);

const floods = channel(FLOOD);
const slowReaders = channel(SLOW_READER);

export function reportFlood(make: () => FloodReport): void {
  if (floods.hasSubscribers) floods.publish(make());
}

export function reportSlowReader(make: () => SlowReaderReport): void {
  if (slowReaders.hasSubscribers) slowReaders.publish(make());
}

export function reportBadFrame(make: () => BadFrameReport): void {
  if (badFrames.hasSubscribers) badFrames.publish(make());
}

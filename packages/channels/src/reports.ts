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

const badFrames = channel(BAD_FRAME);

export function reportBadFrame(make: () => BadFrameReport): void {
  if (badFrames.hasSubscribers) badFrames.publish(make());
}

import type { Frame } from '@rekindle/channels/wire';

// A byte order mark is a character of the frame like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** From so many bytes on the decoder is faster than the buffer. */
const LONG = 128;

/** A frame that has arrived, of its own: the adapter's bytes go away. */
export function frameOf(bytes: Buffer, isText: boolean): Frame {
  if (!isText) return new Uint8Array(bytes);
  return bytes.length < LONG ? bytes.toString('utf8') : decoder.decode(bytes);
}

import { isUtf8 } from 'node:buffer';

/** Messages of one request that are handled; the rest is ignored. */
const MAX_MESSAGES = 100;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What a client has posted. */
export interface PostedFrames {
  readonly frames: readonly (string | Uint8Array)[];
  /** After those came a line that is neither an array nor base64: it and what follows is not looked at. Phoenix raises there. */
  readonly isBroken: boolean;
}

/**
 * The frames in a long-poll request: one a line for `application/x-ndjson`, exactly that, where a line that is no array is a binary
 * frame in base64; otherwise the body is one message.
 */
export function framesOf(body: Uint8Array, contentType: string | undefined): PostedFrames {
  // What is no text at all is a frame that cannot be decoded.
  if (!isUtf8(body)) return { frames: [body], isBroken: false };
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
  if (contentType !== 'application/x-ndjson') return { frames: [text], isBroken: false };
  const frames: (string | Uint8Array)[] = [];
  for (const line of text.split(/\r?\n/).slice(0, MAX_MESSAGES)) {
    if (line.startsWith('[')) frames.push(line);
    else if (BASE64.test(line)) frames.push(Uint8Array.from(Buffer.from(line, 'base64')));
    else return { frames, isBroken: true };
  }
  return { frames, isBroken: false };
}

/** Messages of one request that are handled; the rest is ignored. */
const MAX_MESSAGES = 100;

/**
 * The frames in a long-poll request: one a line for `application/x-ndjson`, where a line that is no array is a binary frame
 * in base64; otherwise the body is one message.
 */
export function framesOf(body: Uint8Array, contentType: string | undefined): (string | Uint8Array)[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
  if (contentType?.startsWith('application/x-ndjson') !== true) return [text];
  const lines = text.split(/\r?\n/);
  return lines.slice(0, MAX_MESSAGES).map((line) => (line.startsWith('[') ? line : Uint8Array.from(Buffer.from(line, 'base64'))));
}

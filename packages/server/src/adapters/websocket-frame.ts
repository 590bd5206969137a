const LAST = 0x80;
const TEXT = 1;
const BINARY = 2;

/** A message as one frame of RFC 6455, as servers send them: not masked, not compressed. */
export function webSocketFrame(message: string | Uint8Array): Buffer {
  const isText = typeof message === 'string';
  const length = isText ? Buffer.byteLength(message) : message.length;
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = LAST | (isText ? TEXT : BINARY);
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length >>> 0, 6);
  }
  if (isText) frame.write(message, header, 'utf8');
  else frame.set(message, header);
  return frame;
}

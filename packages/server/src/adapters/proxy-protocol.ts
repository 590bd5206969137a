import type { Socket } from 'node:net';

// The PROXY protocol, version 2: a binary header before the connection's first byte says whose connection a proxy passes on.

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED = 16;
const MAX_HEADER = 536;
const COMMAND_PROXY = 0x21;
const COMMAND_LOCAL = 0x20;
const TCP4 = 0x11;
const TCP6 = 0x21;

/** A header's length and the address in it; null: the bytes are none; undefined: there may be more to come. */
export function parseProxyHeader(bytes: Uint8Array): { readonly length: number; readonly address: string | undefined } | null | undefined {
  const compared = Math.min(bytes.length, SIGNATURE.length);
  if (SIGNATURE.compare(bytes, 0, compared, 0, compared) !== 0) return null;
  if (bytes.length < FIXED) return undefined;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = FIXED + header.readUInt16BE(14);
  const command = header[12];
  if (length > MAX_HEADER || (command !== COMMAND_PROXY && command !== COMMAND_LOCAL)) return null;
  if (bytes.length < length) return undefined;
  if (command === COMMAND_LOCAL) return { length, address: undefined };
  const family = header[13];
  if (family === TCP4 && length >= FIXED + 12) return { length, address: header.subarray(16, 20).join('.') };
  if (family === TCP6 && length >= FIXED + 36) {
    return { length, address: Array.from({ length: 8 }, (_, i) => header.readUInt16BE(16 + 2 * i).toString(16)).join(':') };
  }
  return { length, address: undefined };
}

/**
 * Takes the header off a new connection, if it has one, and hands the connection on with the address in it. What begins like
 * a header and is none ends the connection.
 */
export function takeProxyHeader(socket: Socket, done: (address: string | undefined) => void): void {
  let read: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    const header = parseProxyHeader(read);
    if (header === undefined) return;
    if (header === null && read[0] === SIGNATURE[0]) {
      socket.destroy();
      return;
    }
    finish();
    const rest = header === null ? read : read.subarray(header.length);
    socket.pause();
    done(header?.address);
    if (rest.length > 0) socket.unshift(rest);
    socket.resume();
  };
  const finish = (): void => {
    socket.off('data', onData);
    socket.off('error', onError);
  };
  const onError = (): void => {
    socket.destroy();
  };
  socket.on('data', onData);
  socket.on('error', onError);
}

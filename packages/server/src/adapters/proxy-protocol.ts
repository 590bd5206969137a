import { isIP, type Socket } from 'node:net';

// The PROXY protocol: a header before the connection's first byte says whose connection a proxy passes on. Version 2 is binary, version 1
// a line of text.

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED = 16;
const MAX_HEADER = 536;
const COMMAND_PROXY = 0x21;
const COMMAND_LOCAL = 0x20;
const TCP4 = 0x11;
const TCP6 = 0x21;

const LINE = Buffer.from('PROXY ', 'latin1');
const MAX_LINE = 107;

/** A proxy sends its header at once; so long it may take. */
const HEADER_TIMEOUT_MS = 10_000;

/** Whose connection a proxy passes on. */
export interface ProxiedClient {
  readonly address: string;
  readonly port: number;
}

export interface ProxyHeader {
  readonly length: number;
  /** Undefined where the proxy speaks for itself, in a health check. */
  readonly client: ProxiedClient | undefined;
}

/** Null: the bytes are no header; undefined: there may be more to come. */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader | null | undefined {
  return bytes[0] === LINE[0] ? parseLine(bytes) : parseBinary(bytes);
}

function parseLine(bytes: Uint8Array): ProxyHeader | null | undefined {
  const compared = Math.min(bytes.length, LINE.length);
  if (LINE.compare(bytes, 0, compared, 0, compared) !== 0) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_LINE)).toString('latin1');
  const end = text.indexOf('\r\n');
  if (end < 0) return bytes.length < MAX_LINE ? undefined : null;
  const [, family, source = '', , sourcePort, port, ...more] = text.slice(0, end).split(' ');
  if (family === 'UNKNOWN') return { length: end + 2, client: undefined };
  const expected = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0;
  if (expected === 0 || isIP(source) !== expected || sourcePort === undefined || port === undefined || more.length > 0) return null;
  return { length: end + 2, client: { address: source, port: Number(sourcePort) } };
}

function parseBinary(bytes: Uint8Array): ProxyHeader | null | undefined {
  const compared = Math.min(bytes.length, SIGNATURE.length);
  if (SIGNATURE.compare(bytes, 0, compared, 0, compared) !== 0) return null;
  if (bytes.length < FIXED) return undefined;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = FIXED + header.readUInt16BE(14);
  const command = header[12];
  if (length > MAX_HEADER || (command !== COMMAND_PROXY && command !== COMMAND_LOCAL)) return null;
  if (bytes.length < length) return undefined;
  if (command === COMMAND_LOCAL) return { length, client: undefined };
  const family = header[13];
  if (family === TCP4 && length >= FIXED + 12) {
    return { length, client: { address: header.subarray(16, 20).join('.'), port: header.readUInt16BE(24) } };
  }
  if (family === TCP6 && length >= FIXED + 36) {
    const address = Array.from({ length: 8 }, (_, i) => header.readUInt16BE(16 + 2 * i).toString(16)).join(':');
    return { length, client: { address, port: header.readUInt16BE(48) } };
  }
  return { length, client: undefined };
}

/**
 * Takes the header off a new connection, if it has one, and hands the connection on with the client in it. What begins like
 * a header and is none ends the connection.
 */
export function takeProxyHeader(socket: Socket, done: (client: ProxiedClient | undefined) => void): void {
  let read: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    const header = parseProxyHeader(read);
    if (header === undefined) return;
    if (header === null && (read[0] === SIGNATURE[0] || read.subarray(0, LINE.length).equals(LINE))) {
      socket.destroy();
      return;
    }
    finish();
    const rest = header === null ? read : read.subarray(header.length);
    socket.pause();
    done(header?.client);
    if (rest.length > 0) socket.unshift(rest);
    socket.resume();
  };
  const finish = (): void => {
    clearTimeout(timer);
    socket.off('close', finish);
    socket.off('data', onData);
    socket.off('error', onError);
  };
  const onError = (): void => {
    socket.destroy();
  };
  const timer = setTimeout(() => socket.destroy(), HEADER_TIMEOUT_MS);
  socket.on('data', onData);
  socket.on('error', onError);
  socket.on('close', finish);
}

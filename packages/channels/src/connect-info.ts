import type { OpenRequest } from './link.js';
import type { ConnectInfo } from './socket.js';

/** What the socket's `connect` is told about the client. */
export function connectInfo(open: OpenRequest, serializer: string): ConnectInfo {
  const xHeaders: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(open.headers)) if (name.startsWith('x-')) xHeaders[name] = value;
  return {
    peer: open.peer,
    peerPort: open.peerPort,
    peerCertificate: open.certificate === undefined ? undefined : Uint8Array.from(Buffer.from(open.certificate, 'base64')),
    userAgent: open.headers['user-agent'],
    uri: new URL(open.uri),
    transport: open.transport,
    serializer,
    xHeaders,
    traceContext: pick(open.headers, ['traceparent', 'tracestate']),
    authToken: open.authToken,
  };
}

function pick<K extends string>(headers: OpenRequest['headers'], names: readonly K[]): { [N in K]?: string } {
  const picked: { [N in K]?: string } = {};
  for (const name of names) if (headers[name] !== undefined) picked[name] = headers[name];
  return picked;
}

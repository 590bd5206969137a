import type { OpenRequest } from './link.js';
import type { ConnectInfo } from './socket.js';

/** What the socket's `connect` is told about the client. */
export function connectInfo(open: OpenRequest): ConnectInfo {
  const xHeaders: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(open.headers)) if (name.startsWith('x-')) xHeaders[name] = value;
  return {
    peer: open.peer,
    userAgent: open.headers['user-agent'],
    uri: new URL(open.uri),
    transport: open.transport,
    xHeaders,
    authToken: open.authToken,
  };
}

import type { Origin, UpgradeRequest } from '../adapters/adapter.js';
import type { EndpointSpec, SocketSpec } from '../endpoint-spec.js';

const PROTOCOL = 'phoenix';
const TOKEN_PREFIX = 'base64url.bearer.phx.';

/** What of a handshake goes on to the application. */
export interface CheckedHandshake {
  readonly protocol: string | undefined;
  readonly authToken: string | undefined;
  readonly headers: { readonly [name: string]: string };
}

/** Checks origin and subprotocols; a number is the status to refuse with. */
export function checkHandshake(request: UpgradeRequest, socket: SocketSpec, endpoint: EndpointSpec): CheckedHandshake | number {
  const { headers } = request;
  if (!originAllowed(headers.origin, headers.host, endpoint.checkOrigin)) return 403;
  const forwarded = forwardedHeaders(headers, socket);
  const offered = headers['sec-websocket-protocol'];
  // As Phoenix: a socket without tokens has no subprotocols either, and leaves what is offered without an answer.
  if (offered === undefined || !socket.authToken) return { protocol: undefined, authToken: undefined, headers: forwarded };
  const protocols = offered.split(',').map((name) => name.trim());
  const tokens = protocols.filter((name) => name.startsWith(TOKEN_PREFIX));
  const [token] = tokens;
  const isOne = token !== undefined && tokens.length === 1;
  const others = isOne ? protocols.filter((name) => name !== token) : protocols;
  if (others.length > 0 && !others.includes(PROTOCOL)) return 403;
  const authToken = isOne ? Buffer.from(token.slice(TOKEN_PREFIX.length), 'base64url').toString('utf8') : undefined;
  return { protocol: others.length > 0 ? PROTOCOL : undefined, authToken, headers: forwarded };
}

const ALWAYS = new Set(['user-agent', 'traceparent', 'tracestate']);

/** Headers that `connect` may see: the user agent, the trace context, and what begins with `x-`, or of that what is listed. */
export function forwardedHeaders(headers: { readonly [name: string]: string }, { xHeaders }: SocketSpec): { [name: string]: string } {
  const kept: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(headers)) {
    if (ALWAYS.has(name) || (name.startsWith('x-') && xHeaders?.includes(name) !== false)) kept[name] = value;
  }
  return kept;
}

/** The client's certificate as text. */
export function certificateText({ certificate }: Origin): string | undefined {
  return certificate === undefined ? undefined : Buffer.from(certificate).toString('base64');
}

/** The request's URI as its client wrote it. */
export function publicUri(scheme: string, { headers, path, query }: Pick<UpgradeRequest, 'headers' | 'path' | 'query'>): string {
  return `${scheme}://${headers.host ?? 'localhost'}${path}${query === '' ? '' : `?${query}`}`;
}

/**
 * What the gateway can decide. `true`: the origin's host must be the request's. A list: hosts, with `//*.example.com` for all subdomains. Clients that
 * are no browsers send no origin and pass.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, check: EndpointSpec['checkOrigin']): boolean {
  if (origin === undefined || check === false || check === 'function') return true;
  let from: URL;
  try {
    from = new URL(origin);
  } catch {
    return false;
  }
  if (check === true) return from.host === host;
  return check.some((allowed) => {
    const [scheme, pattern] = allowed.includes('//') ? allowed.split('//') : ['', allowed];
    if (pattern === undefined || (scheme !== '' && scheme !== from.protocol)) return false;
    if (pattern.startsWith('*.')) return from.hostname.endsWith(pattern.slice(1));
    return from.host === pattern || from.hostname === pattern;
  });
}

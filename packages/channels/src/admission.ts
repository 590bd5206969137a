import type { Refusal } from './link.js';

/** Who may connect from where, and what the others are told: the endpoint's functions, on the connection's own thread. */
export interface Admission {
  /** Whether a page from that origin may connect; null when the gateway has decided. */
  readonly checkOrigin: OriginCheck | null;
  /** Makes the response for a client that `connect` refused; null for an empty one with status 403. */
  readonly errorHandler: ErrorHandler | null;
}

/** `false` refuses the connection with status 403. Phoenix: `check_origin` with a function. */
export type OriginCheck = (origin: URL, request: { readonly path: string; readonly uri: URL }) => boolean | Promise<boolean>;

/**
 * What a client gets whose `connect` answered `error(payload)`: status 400 to 599, headers, body. Only clients that are no
 * browsers can read it, a browser hides failed handshakes from its page. Phoenix: the `error_handler` of a socket.
 */
export type ErrorHandler = (payload: unknown) => Refusal;

export const FORBIDDEN: Refusal = { status: 403 };

/** Whether the endpoint's function lets the origin in. A client that is no browser sends none and passes. */
export function originPasses(check: OriginCheck | null, origin: string | undefined, path: string, uri: string): boolean | Promise<boolean> {
  if (check === null || origin === undefined) return true;
  let from: URL;
  try {
    from = new URL(origin);
  } catch {
    return false;
  }
  return check(from, { path, uri: new URL(uri) });
}

/** The response for a refused client; what the application's function answers must be one. */
export function refusalOf(handler: ErrorHandler | null, payload: unknown): Refusal {
  if (handler === null) return FORBIDDEN;
  const refusal = handler(payload);
  const { status, headers = {}, body = '' } = refusal;
  if (!Number.isInteger(status) || status < 400 || status > 599 || typeof body !== 'string') {
    throw new TypeError(`errorHandler: expected { status: 400..599, headers?, body?: string }, got status ${String(status)}`);
  }
  return { status, headers, body };
}

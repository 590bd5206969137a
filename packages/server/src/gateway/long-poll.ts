import { randomBytes } from 'node:crypto';
import type { OpenRequest } from '@rekindle/channels/internal';
import { decodeQuery, textParam } from '@rekindle/channels/wire';
import { BodyTooLarge, type Handshake, type HandshakeEvents, type HttpRequest, type HttpResponse } from '../adapters/adapter.js';
import type { EndpointSpec, SocketSpec } from '../endpoint-spec.js';
import { forwardedHeaders, originAllowed } from './handshake.js';
import { framesOf } from './long-poll-body.js';
import type { LongPollRows } from './long-poll-rows.js';
import { LongPollSocket } from './long-poll-socket.js';

/** What the sessions need of the gateway. */
export interface LongPollGateway {
  /** Makes a connection; its answer comes through `handshake`. Undefined when no scheduler is there. */
  connect(open: Omit<OpenRequest, 'connection'>, handshake: Handshake): { connection: number; events: HandshakeEvents } | undefined;
  /** Hands frames to the connection; resolves when the last one has been handled, never if one could not be. */
  deliver(connection: number, frames: readonly (string | Uint8Array)[]): Promise<void>;
}

interface Session {
  readonly socket: LongPollSocket;
  readonly connection: number;
  readonly windowMs: number;
  expiry: NodeJS.Timeout;
}

/** A session nobody polls ends after so many windows. */
const EXPIRY_WINDOWS = 2;

const CORS: readonly (readonly [string, string])[] = [['access-control-allow-origin', '*']];

/**
 * Long-polling: sessions with a buffer, over plain HTTP. The HTTP status is always 200, the real one is in the body: 410
 * says to start a session, 204 that nothing came within the window. Phoenix: `Phoenix.Transports.LongPoll`.
 */
export class LongPolls {
  readonly #gateway: LongPollGateway;
  readonly #rows: LongPollRows;
  readonly #endpoint: EndpointSpec;
  readonly #sessions = new Map<string, Session>();

  constructor(gateway: LongPollGateway, rows: LongPollRows, endpoint: EndpointSpec) {
    this.#gateway = gateway;
    this.#rows = rows;
    this.#endpoint = endpoint;
  }

  /** The socket whose long-poll path it is. */
  socketAt(path: string): SocketSpec | undefined {
    return this.#endpoint.sockets.find((socket) => socket.longpoll && `${socket.path}/longpoll` === path);
  }

  async answer(request: HttpRequest, socket: SocketSpec): Promise<HttpResponse> {
    if (request.method === 'OPTIONS') return preflight(request);
    if (request.method !== 'GET' && request.method !== 'POST') return { status: 400, headers: CORS, body: null };
    if (!originAllowed(request.headers.origin, request.headers.host, this.#endpoint.checkOrigin)) return json({ status: 403 });
    const token = request.headers['x-phoenix-longpoll-token'] ?? textParam(decodeQuery(request.query), 'token');
    const session = token === undefined ? undefined : this.#sessions.get(token);
    if (request.method === 'POST') return session === undefined ? json({ status: 410 }) : this.#post(request, session);
    return session === undefined ? this.#open(request, socket) : this.#poll(session, token as string);
  }

  #open(request: HttpRequest, socket: SocketSpec): Promise<HttpResponse> {
    const token = randomBytes(24).toString('base64url');
    return new Promise((resolve) => {
      let opened: LongPollSocket | undefined;
      const made = this.#gateway.connect(openRequest(request, socket), {
        accept: () => {
          opened = new LongPollSocket(this.#rows, this.#endpoint.maxBufferedBytes, (slow) => {
            this.#end(token);
            made?.events.events.closed(slow);
          });
          // The connection's number is known once `connect` has returned, which it has when this runs in a later turn.
          const session: Session = {
            socket: opened,
            connection: made?.connection ?? -1,
            windowMs: socket.longpollWindowMs,
            expiry: setTimeout(() => {}, 0),
          };
          this.#sessions.set(token, session);
          this.#touch(session);
          resolve(json({ status: 410, token, messages: [] }));
          return opened;
        },
        refuse: (status) => resolve(json({ status: status === 404 ? 404 : 403 })),
      });
      if (made === undefined) resolve(json({ status: 503 }));
    });
  }

  #poll(session: Session, token: string): Promise<HttpResponse> {
    this.#touch(session);
    return new Promise((resolve) => {
      const answer = (messages: string[]): void => {
        clearTimeout(window);
        resolve(json(messages.length > 0 ? { status: 200, token, messages } : { status: 204, token, messages: [] }));
      };
      const window = setTimeout(() => {
        session.socket.cancelPoll(answer);
        answer([]);
      }, session.windowMs);
      session.socket.poll(answer);
    });
  }

  async #post(request: HttpRequest, session: Session): Promise<HttpResponse> {
    let body: Uint8Array;
    try {
      body = await request.body(this.#endpoint.maxBodyBytes);
    } catch (error) {
      return error instanceof BodyTooLarge ? { status: 413, headers: CORS, body: null } : { status: 400, headers: CORS, body: null };
    }
    const handled = this.#gateway.deliver(session.connection, framesOf(body, request.headers['content-type']));
    const status = await Promise.race([handled.then(() => 200), after(session.windowMs, 408)]);
    return json({ status });
  }

  /** Somebody polls: the session lives on. */
  #touch(session: Session): void {
    clearTimeout(session.expiry);
    session.expiry = setTimeout(() => session.socket.close(), session.windowMs * EXPIRY_WINDOWS);
    session.expiry.unref();
  }

  #end(token: string): void {
    const session = this.#sessions.get(token);
    if (session === undefined) return;
    clearTimeout(session.expiry);
    this.#sessions.delete(token);
  }
}

function openRequest(request: HttpRequest, socket: SocketSpec): Omit<OpenRequest, 'connection'> {
  return {
    path: socket.path,
    transport: 'longpoll',
    query: request.query,
    peer: request.peer,
    uri: `${request.secure ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}${request.path}${request.query === '' ? '' : `?${request.query}`}`,
    headers: forwardedHeaders(request.headers),
    authToken: socket.authToken ? request.headers['x-phoenix-authtoken'] : undefined,
  };
}

function preflight(request: HttpRequest): HttpResponse {
  const headers: [string, string][] = [
    ['access-control-allow-origin', '*'],
    ['access-control-allow-headers', request.headers['access-control-request-headers'] ?? ''],
    ['access-control-allow-methods', 'get, post, options'],
    ['access-control-max-age', '3600'],
  ];
  return { status: 200, headers, body: null };
}

function json(body: object): HttpResponse {
  return { status: 200, headers: [...CORS, ['content-type', 'application/json; charset=utf-8']], body: JSON.stringify(body) };
}

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}

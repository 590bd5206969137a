import type { OpenRequest, Refusal } from '@rekindle/channels/internal';
import { decodeQuery, textParam } from '@rekindle/channels/wire';
import type { Kernel } from '@rekindle/kernel/internal';
import { BodyTooLarge, type Handshake, type HttpRequest, type HttpResponse } from '../adapters/adapter.js';
import type { EndpointSpec, SocketSpec } from '../endpoint-spec.js';
import type { Client, ClientAddresses } from './client-address.js';
import { Connection } from './connection.js';
import { certificateText, forwardedHeaders, originAllowed, publicUri } from './handshake.js';
import { framesOf } from './long-poll-body.js';
import { LongPollOwners, type SessionAnswer, type SessionRequest } from './long-poll-owners.js';
import type { LongPollRows } from './long-poll-rows.js';
import { LongPollSocket } from './long-poll-socket.js';

/** What the sessions need of the gateway. */
export interface LongPollGateway {
  /** Makes a connection; its answer comes through `handshake`. Or says why there is none. */
  connect(open: Omit<OpenRequest, 'connection'>, spec: SocketSpec, handshake: Handshake): Connection | Refusal;
  /** Hands frames to the connection; resolves when the last one has been handled, never if one could not be. */
  deliver(connection: number, frames: readonly (string | Uint8Array)[]): Promise<void>;
  /** What a client has posted was longer than the limit. */
  bodyTooLong(): void;
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
  readonly #clients: ClientAddresses;
  readonly #sockets: ReadonlyMap<string, SocketSpec>;
  readonly #sessions = new Map<string, Session>();
  readonly #owners: LongPollOwners;

  constructor(kernel: Kernel, gateway: LongPollGateway, rows: LongPollRows, endpoint: EndpointSpec, clients: ClientAddresses) {
    this.#owners = new LongPollOwners(kernel, (request) => this.#answerOthers(request));
    this.#gateway = gateway;
    this.#clients = clients;
    this.#sockets = new Map(endpoint.sockets.filter((socket) => socket.longpoll).map((socket) => [`${socket.path}/longpoll`, socket]));
    this.#rows = rows;
    this.#endpoint = endpoint;
  }

  /** Sessions that are open. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The socket whose long-poll path it is. */
  socketAt(path: string): SocketSpec | undefined {
    return this.#sockets.get(path);
  }

  async answer(request: HttpRequest, socket: SocketSpec): Promise<HttpResponse> {
    if (request.method === 'OPTIONS') return preflight(request);
    if (request.method !== 'GET' && request.method !== 'POST') return { status: 400, headers: CORS, body: null };
    if (!originAllowed(request.headers.origin, request.headers.host, this.#endpoint.checkOrigin)) return json({ status: 403 });
    const token = request.headers['x-phoenix-longpoll-token'] ?? textParam(decodeQuery(request.query), 'token');
    const place = token === undefined ? 'here' : this.#owners.placeOf(token);
    // With its node the session is gone. Stock clients of all versions connect anew after 403, which in Phoenix this would not be.
    if (place === 'gone') return json({ status: request.method === 'POST' ? 410 : 403 });
    const session = token === undefined ? undefined : this.#sessions.get(token);
    if (place === 'here' && session === undefined) return request.method === 'POST' ? json({ status: 410 }) : this.#open(request, socket);
    let body: Uint8Array | null = null;
    try {
      if (request.method === 'POST') body = await request.body(this.#endpoint.maxBodyBytes);
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) return { status: 400, headers: CORS, body: null };
      this.#gateway.bodyTooLong();
      return { status: 413, headers: CORS, body: null };
    }
    const asked: SessionRequest = { token: token as string, body, contentType: request.headers['content-type'] ?? null };
    if (session !== undefined) return answered(await this.#serve(session, asked));
    return this.#forward((place as { node: string }).node, request, socket, asked);
  }

  /** To the node that has the session. */
  async #forward(node: string, request: HttpRequest, socket: SocketSpec, asked: SessionRequest): Promise<HttpResponse> {
    const answer = await this.#owners.ask(node, asked, socket.longpollWindowMs);
    if (typeof answer === 'object') return answered(answer);
    if (asked.body !== null) return json({ status: 410 });
    return answer === 'gone' ? json({ status: 403 }) : this.#open(request, socket);
  }

  /** What came to another node; undefined if the session has ended. */
  #answerOthers(request: SessionRequest): Promise<SessionAnswer> | undefined {
    const session = this.#sessions.get(request.token);
    return session === undefined ? undefined : this.#serve(session, request);
  }

  #serve(session: Session, { token, body, contentType }: SessionRequest): Promise<SessionAnswer> {
    return body === null ? this.#poll(session, token) : this.#post(session, body, contentType ?? undefined);
  }

  #open(request: HttpRequest, socket: SocketSpec): Promise<HttpResponse> {
    const token = this.#owners.newToken();
    return new Promise((resolve) => {
      const handshake: Handshake = {
        // The connection is known once `connect` has returned, which it has when this runs in a later turn.
        accept: () => {
          const connection = made as Connection;
          const events = {
            message: () => {},
            closed: () => {
              this.#end(token);
              connection.closed();
            },
            pressure: (bytes: number) => connection.pressure(bytes),
            slow: () => connection.slow(),
            tooLong: () => {},
          };
          const opened = new LongPollSocket(this.#rows, this.#endpoint.maxBufferedBytes, events);
          const session: Session = {
            socket: opened,
            connection: connection.id,
            windowMs: socket.longpollWindowMs,
            expiry: setTimeout(() => {}, 0),
          };
          this.#sessions.set(token, session);
          this.#touch(session);
          resolve(json({ status: 410, token, messages: [] }));
          return opened;
        },
        refuse: ({ status }) => resolve(json({ status: clientStatus(status) })),
      };
      const made = this.#gateway.connect(openRequest(request, socket, this.#clients.clientOf(request)), socket, handshake);
      if (!(made instanceof Connection)) handshake.refuse(made);
    });
  }

  #poll(session: Session, token: string): Promise<SessionAnswer> {
    this.#touch(session);
    return new Promise((resolve) => {
      const answer = (messages: string[]): void => {
        clearTimeout(window);
        resolve(messages.length > 0 ? { status: 200, token, messages } : { status: 204, token, messages: [] });
      };
      const window = setTimeout(() => {
        session.socket.cancelPoll(answer);
        answer([]);
      }, session.windowMs);
      session.socket.poll(answer);
    });
  }

  #post(session: Session, body: Uint8Array, contentType: string | undefined): Promise<SessionAnswer> {
    const { frames, isBroken } = framesOf(body, contentType);
    const handled = this.#gateway.deliver(session.connection, frames);
    return new Promise((resolve) => {
      const window = setTimeout(() => resolve({ status: isBroken ? 500 : 408 }), session.windowMs);
      void handled.then(() => {
        clearTimeout(window);
        resolve({ status: isBroken ? 500 : 200 });
      });
    });
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

/** Stock clients know few statuses: 403 ends them, 500 makes them try again later, and they throw at others. */
function clientStatus(status: number): number {
  if (status === 429 || status >= 500) return 500;
  return status === 404 ? 404 : 403;
}

function openRequest(request: HttpRequest, socket: SocketSpec, client: Client): Omit<OpenRequest, 'connection'> {
  return {
    path: socket.path,
    transport: 'longpoll',
    query: request.query,
    peer: client.address,
    peerPort: client.port,
    certificate: certificateText(request),
    uri: publicUri(client.secure ? 'https' : 'http', request),
    headers: forwardedHeaders(request.headers, socket),
    origin: request.headers.origin,
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

/** A body that could not be read to its end is answered as Phoenix answers an exception. */
function answered(answer: SessionAnswer): HttpResponse {
  if (answer.status !== 500) return json(answer);
  return { status: 500, headers: CORS, body: 'a line of application/x-ndjson: expected a JSON array, or a binary frame in base64' };
}

function json(body: object): HttpResponse {
  return { status: 200, headers: [...CORS, ['content-type', 'application/json; charset=utf-8']], body: JSON.stringify(body) };
}

import type { OpenRequest, Refusal } from '@rekindle/channels/internal';
import { decodeQuery, type Params } from '@rekindle/channels/wire';
import type { Handshake, HttpRequest, HttpResponse } from '../adapters/adapter.js';
import type { EndpointSpec, SocketSpec } from '../endpoint-spec.js';
import type { ClientAddresses } from '../gateway/client-address.js';
import { Connection } from '../gateway/connection.js';
import { certificateText, forwardedHeaders, originAllowed, publicUri } from '../gateway/handshake.js';
import type { LongPollGateway } from '../gateway/long-poll.js';
import type { LongPollRows } from '../gateway/long-poll-rows.js';
import { readEventId } from './event-id.js';
import { SseSocket } from './sse-socket.js';

/** A comment is written so often: proxies, and uWebSockets.js, close what is silent for longer. */
const HEARTBEAT_MS = 8000;
/** When a browser asks again after the end of the stream. */
const RETRY_MS = 1000;

/**
 * Server-sent events: `GET <path>?topics=a,b` joins the topics and answers with what happens there, for as long as the client
 * reads. The channels' own `join` decides who may.
 */
export class SseFront {
  readonly #gateway: LongPollGateway;
  readonly #rows: LongPollRows;
  readonly #endpoint: EndpointSpec;
  readonly #clients: ClientAddresses;
  readonly #sockets: ReadonlyMap<string, SocketSpec>;
  readonly #open = new Set<SseSocket>();
  readonly #heartbeat: NodeJS.Timeout | null;

  constructor(gateway: LongPollGateway, rows: LongPollRows, endpoint: EndpointSpec, clients: ClientAddresses) {
    this.#gateway = gateway;
    this.#rows = rows;
    this.#endpoint = endpoint;
    this.#clients = clients;
    this.#sockets = new Map(endpoint.sockets.flatMap((socket) => (socket.sse === null ? [] : [[socket.sse, socket]])));
    this.#heartbeat = this.#sockets.size === 0 ? null : setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat?.unref();
  }

  socketAt(path: string): SocketSpec | undefined {
    return this.#sockets.get(path);
  }

  stop(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    for (const socket of this.#open) socket.close();
  }

  #beat(): void {
    for (const socket of this.#open) socket.write(':\n\n');
  }

  async answer(request: HttpRequest, spec: SocketSpec): Promise<HttpResponse> {
    const { origin, host } = request.headers;
    if (request.method !== 'GET') return problem(405, `expected GET, got ${request.method}`, [['allow', 'GET']]);
    if (!originAllowed(origin, host, this.#endpoint.checkOrigin)) return problem(403, 'this origin may not connect');
    const params = decodeQuery(request.query);
    const topics = topicsOf(params);
    if (topics.length === 0) return problem(400, 'expected ?topics=, with commas between the topics');
    const cors: Headers =
      origin === undefined
        ? []
        : [
            ['access-control-allow-origin', origin],
            ['vary', 'origin'],
          ];
    const at = readEventId(request.headers['last-event-id'], topics);
    const opened = await this.#connect(request, spec, at);
    if (!('socket' in opened)) {
      const { status, headers = {}, body = '' } = opened;
      return { status, headers: [...cors, ...Object.entries(headers)], body };
    }
    const { socket, connection } = opened;
    socket.write(`retry: ${RETRY_MS}\n\n`);
    const joins = topics.map((topic, i) => {
      const cursor = at.get(topic);
      return JSON.stringify([`${i}`, `${i}`, topic, 'phx_join', typeof cursor === 'string' ? { recover: cursor } : {}]);
    });
    const over = new Promise<void>((resolve) => socket.stream.once('end', resolve).once('close', resolve));
    // An answer is kept back while the node has not been subscribed to the topic, or reads what is kept of it.
    const answered = this.#gateway.deliver(connection.id, joins).then(() => connection.settled());
    await Promise.race([answered, over]);
    if (socket.joined === 0) {
      socket.stream.destroy();
      return socket.refused.length === topics.length ? refusedAll(socket, cors) : { ...problem(503, 'try again', [['retry-after', '1']]) };
    }
    const headers: Headers = [['content-type', 'text/event-stream'], ['cache-control', 'no-store'], ['x-accel-buffering', 'no'], ...cors];
    return { status: 200, headers, body: socket.stream };
  }

  #connect(
    request: HttpRequest,
    spec: SocketSpec,
    at: ReadonlyMap<string, string | null>,
  ): Promise<{ socket: SseSocket; connection: Connection } | Refusal> {
    return new Promise((resolve) => {
      const handshake: Handshake = {
        // Runs in a later turn than `connect`, which has answered the connection by then.
        accept: () => {
          const connection = made as Connection;
          const socket: SseSocket = new SseSocket(this.#rows, at, this.#endpoint.maxBufferedBytes, {
            message: () => {},
            closed: () => {
              this.#open.delete(socket);
              connection.closed();
            },
            pressure: (bytes) => connection.pressure(bytes),
            slow: () => connection.slow(),
            tooLong: () => {},
          });
          this.#open.add(socket);
          resolve({ socket, connection });
          return socket;
        },
        refuse: resolve,
      };
      const made = this.#gateway.connect(this.#openRequest(request, spec), spec, handshake);
      if (!(made instanceof Connection)) resolve(made);
    });
  }

  #openRequest(request: HttpRequest, spec: SocketSpec): Omit<OpenRequest, 'connection'> {
    const client = this.#clients.clientOf(request);
    return {
      path: spec.path,
      transport: 'sse',
      query: request.query,
      peer: client.address,
      peerPort: client.port,
      certificate: certificateText(request),
      uri: publicUri(client.secure ? 'https' : 'http', request),
      headers: forwardedHeaders(request.headers, spec),
      origin: request.headers.origin,
      authToken: spec.authToken ? request.headers['x-phoenix-authtoken'] : undefined,
    };
  }
}

type Headers = readonly (readonly [name: string, value: string])[];

/** `topics=a,b`, or `topics[]=a&topics[]=b` for names with commas; each once. */
function topicsOf({ topics }: Params): string[] {
  const given = typeof topics === 'string' ? topics.split(',') : Array.isArray(topics) ? topics : [];
  return [...new Set(given.filter((topic) => typeof topic === 'string' && topic !== ''))] as string[];
}

/** A browser does not ask again after a status that is not 200. */
function refusedAll({ refused }: SseSocket, cors: Headers): HttpResponse {
  return { status: 403, headers: [['content-type', 'application/json'], ...cors], body: JSON.stringify({ refused }) };
}

function problem(status: number, text: string, headers: Headers = []): HttpResponse {
  return { status, headers: [['content-type', 'text/plain; charset=utf-8'], ...headers], body: text };
}

import type { OpenRequest, Refusal } from '@rekindle/channels/internal';
import type { Handshake, HandshakeEvents, UpgradeRequest } from '../adapters/adapter.js';
import type { EndpointSpec, SocketSpec } from '../endpoint-spec.js';
import type { ClientAddresses } from './client-address.js';
import { ConnectLimit } from './connect-limit.js';
import { Connection, type ConnectionOwner } from './connection.js';
import type { Connections } from './connections.js';
import { certificateText, checkHandshake, publicUri } from './handshake.js';
import type { IdleCheck } from './idle-check.js';
import type { Schedulers } from './schedulers.js';

/** What an entrance works with. */
export interface EntranceParts {
  /** Hears of what becomes of the connections. */
  readonly owner: ConnectionOwner;
  readonly endpoint: EndpointSpec;
  readonly clients: ClientAddresses;
  readonly connections: Connections;
  readonly schedulers: Schedulers;
  readonly idle: IdleCheck;
  readonly counters: { originsRefused: number; connectsLimited: number };
}

/** Where clients come in, of all transports: makes connections, or refuses before any user code has run. */
export class Entrance {
  readonly #parts: EntranceParts;
  /** Null: a client may connect as often as it likes. */
  readonly #limit: ConnectLimit | null;
  /** By the path of their WebSockets. */
  readonly webSockets: ReadonlyMap<string, SocketSpec>;
  #closed = false;

  constructor(parts: EntranceParts) {
    const { connects, sockets } = parts.endpoint;
    this.#parts = parts;
    this.#limit = connects === null ? null : new ConnectLimit(connects);
    this.webSockets = new Map(sockets.filter((socket) => socket.websocket).map((socket) => [`${socket.path}/websocket`, socket]));
  }

  /** A client wants a WebSocket. */
  upgrade(request: UpgradeRequest, handshake: Handshake): HandshakeEvents {
    const { endpoint, clients, counters } = this.#parts;
    const socket = this.webSockets.get(request.path);
    const checked = socket === undefined ? 404 : checkHandshake(request, socket, endpoint);
    if (typeof checked === 'number' || socket === undefined) {
      if (checked === 403) counters.originsRefused++;
      handshake.refuse({ status: typeof checked === 'number' ? checked : 404 });
      return NOTHING;
    }
    const client = clients.clientOf(request);
    const made = this.connect(
      {
        path: socket.path,
        transport: 'websocket',
        query: request.query,
        peer: client.address,
        peerPort: client.port,
        certificate: certificateText(request),
        uri: publicUri(client.secure ? 'wss' : 'ws', request),
        headers: checked.headers,
        origin: request.headers.origin,
        authToken: checked.authToken,
      },
      socket,
      { accept: () => handshake.accept(checked.protocol), refuse: (refusal) => handshake.refuse(refusal) },
    );
    if (made instanceof Connection) return made;
    handshake.refuse(made);
    return NOTHING;
  }

  /** A scheduler is asked, unless the client comes too often or there is none. */
  connect(request: Omit<OpenRequest, 'connection'>, spec: SocketSpec, handshake: Handshake): Connection | Refusal {
    const { owner, connections, schedulers, idle, counters } = this.#parts;
    const waitMs = this.#limit?.take(request.peer, Math.floor(performance.now())) ?? 0;
    if (waitMs > 0) {
      counters.connectsLimited++;
      return { status: 429, headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } };
    }
    const port = schedulers.leastLoaded();
    if (port === undefined || this.#closed) return { status: 503, headers: { 'retry-after': '1' } };
    const open: OpenRequest = { connection: connections.newNumber(), ...request };
    const connection = new Connection(owner, open, spec, port.thread, handshake);
    connection.heardOf = idle.tick;
    connections.add(connection);
    schedulers.load(port.thread, 1);
    port.open(open);
    return connection;
  }

  /** Forgets who may connect as often as at first. */
  prune(): void {
    this.#limit?.prune(Math.floor(performance.now()));
  }

  /** Nobody comes in any more. */
  close(): void {
    this.#closed = true;
  }
}

const NOTHING: HandshakeEvents = {
  aborted: () => {},
  events: { message: () => {}, closed: () => {}, pressure: () => {}, slow: () => {}, tooLong: () => {} },
};

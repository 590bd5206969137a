import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Refusal } from '@rekindle/channels/internal';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import {
  type AdapterHandlers,
  type AdapterOptions,
  type AdapterSocket,
  BodyTooLarge,
  CLOSE_SLOW,
  type Handshake,
  type HttpRequest,
  type Origin,
  type ServerAdapter,
  SLOW_REASON,
  type SocketEvents,
  type TlsFiles,
  type UpgradeRequest,
} from './adapter.js';
import { listenError } from './listen-error.js';
import { worthTelling } from './pressure.js';
import { type ProxiedClient, takeProxyHeader } from './proxy-protocol.js';

/**
 * A connection without a request is closed by whoever uses it, and not here just when the next one is on its way: proxies keep them for
 * up to 60 s, where node:http ends them after 5.
 */
const KEEP_ALIVE_MS = 75_000;
/** A client that does not answer the closing of its socket is cut off after so long. */
const CLOSE_TIMEOUT_MS = 5000;

/** Clients that proxies have told of, by connection. */
const proxied = new WeakMap<object, ProxiedClient>();

/** node:http and ws. */
export class NodeAdapter implements ServerAdapter {
  readonly name = 'node';
  readonly #rows = new Map<string, Set<NodeSocket>>();
  readonly #sockets = new Set<NodeSocket>();
  readonly #servers = new Map<string, WebSocketServer>();
  #http: Server | null = null;
  /** In front of the HTTP server where connections begin with a proxy's header. */
  #tcp: TcpServer | null = null;

  listen(options: AdapterOptions, handlers: AdapterHandlers): Promise<number> {
    for (const [path, { maxFrameBytes, compression }] of options.webSocketPaths) {
      const settings = {
        noServer: true,
        maxPayload: maxFrameBytes,
        perMessageDeflate: compression,
        skipUTF8Validation: false,
        closeTimeout: CLOSE_TIMEOUT_MS,
      };
      this.#servers.set(path, new WebSocketServer(settings));
    }
    const http = httpServer(options.tls, (request, response) => void answer(request, response, handlers));
    http.keepAliveTimeout = KEEP_ALIVE_MS;
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head, options, handlers));
    this.#http = http;
    const listening = options.proxies === null ? http : this.#behindProxies(http, options.proxies);
    return new Promise((resolve, reject) => {
      listening.once('error', (error) => reject(listenError(error, options.port, options.host)));
      listening.listen(options.port, options.host, () => resolve((listening.address() as AddressInfo).port));
    });
  }

  #behindProxies(http: Server, isProxy: (peer: string) => boolean): TcpServer {
    this.#tcp = createTcpServer((socket: Socket) => {
      if (!isProxy(socket.remoteAddress ?? '')) http.emit('connection', socket);
      else {
        takeProxyHeader(socket, (client) => {
          if (client !== undefined) proxied.set(socket, client);
          http.emit('connection', socket);
        });
      }
    });
    return this.#tcp;
  }

  publish(row: string, frame: string | Uint8Array, except: AdapterSocket | undefined): void {
    for (const socket of this.#rows.get(row) ?? []) if (socket !== except) socket.send(frame);
  }

  stopListening(): void {
    this.#tcp?.close();
    this.#http?.close();
  }

  async close(): Promise<void> {
    this.stopListening();
    for (const socket of this.#sockets) socket.terminate();
    this.#http?.closeAllConnections();
  }

  join(row: string, socket: NodeSocket): void {
    const sockets = this.#rows.get(row);
    if (sockets === undefined) this.#rows.set(row, new Set([socket]));
    else sockets.add(socket);
  }

  leave(row: string, socket: NodeSocket): void {
    const sockets = this.#rows.get(row);
    if (sockets?.delete(socket) === true && sockets.size === 0) this.#rows.delete(row);
  }

  forget(socket: NodeSocket): void {
    this.#sockets.delete(socket);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, options: AdapterOptions, handlers: AdapterHandlers): void {
    const { path, query } = split(request);
    const server = this.#servers.get(path);
    if (server === undefined) {
      refuse(socket, { status: 404 });
      return;
    }
    let answered = false;
    const handshake: Handshake = {
      accept: (protocol) => {
        if (answered || socket.destroyed) return undefined;
        answered = true;
        let accepted: NodeSocket | undefined;
        // ws answers with the first protocol the client offered unless told which one.
        server.options.handleProtocols = () => protocol ?? false;
        server.handleUpgrade(request, socket, head, (ws) => {
          accepted = new NodeSocket(this, ws, options.maxBufferedBytes, made.events);
          this.#sockets.add(accepted);
        });
        return accepted;
      },
      refuse: (refusal) => {
        if (answered) return;
        answered = true;
        refuse(socket, refusal);
      },
    };
    const upgrade: UpgradeRequest = { path, query, ...originOf(request) };
    socket.on('error', () => socket.destroy());
    const made = handlers.upgrade(upgrade, handshake);
    socket.once('close', () => {
      if (!answered) {
        answered = true;
        made.aborted();
      }
    });
  }
}

class NodeSocket implements AdapterSocket {
  readonly #adapter: NodeAdapter;
  readonly #ws: WebSocket;
  readonly #maxBufferedBytes: number;
  readonly #events: SocketEvents;
  readonly #rows = new Set<string>();
  #corked = false;
  #ended = false;
  /** What the gateway knows of what waits to be sent. */
  #told = 0;

  constructor(adapter: NodeAdapter, ws: WebSocket, maxBufferedBytes: number, events: SocketEvents) {
    this.#adapter = adapter;
    this.#ws = ws;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#events = events;
    ws.on('message', (data: RawData, isBinary: boolean) => events.message(data as Buffer, !isBinary));
    ws.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') events.tooLong();
      // `close` follows
    });
    ws.on('close', () => {
      adapter.forget(this);
      this.#ends();
    });
  }

  #ends(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const row of this.#rows) this.#adapter.leave(row, this);
    this.#rows.clear();
    this.#events.closed();
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Frames of one turn leave in one write. */
  send(frame: string | Uint8Array): void {
    const ws = this.#ws;
    if (ws.readyState !== ws.OPEN) return;
    if (ws.bufferedAmount > this.#maxBufferedBytes) {
      this.#uncork(); // most of it may be from this turn, and the client reads
      if (ws.bufferedAmount > this.#maxBufferedBytes) {
        this.#events.slow();
        ws.close(CLOSE_SLOW, SLOW_REASON);
        this.#ends(); // without waiting for the client to read that
        return;
      }
    }
    if (!this.#corked) {
      this.#corked = true;
      this.#duplex.cork();
      process.nextTick(() => this.#uncork());
    }
    ws.send(frame);
  }

  get #duplex(): Duplex {
    return (this.#ws as unknown as { _socket: Duplex })._socket;
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#duplex.uncork();
    if (this.#told !== 0 || this.#ws.bufferedAmount > 0) this.#look();
  }

  /** Tells the gateway what waits, if it has changed much; and again when it has been sent. */
  #look(): void {
    const waits = this.#ws.bufferedAmount;
    if (!worthTelling(this.#told, waits, this.#maxBufferedBytes)) return;
    if (this.#told === 0) this.#duplex.once('drain', () => this.#look());
    this.#told = waits;
    this.#events.pressure(waits);
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  join(row: string): void {
    this.#rows.add(row);
    this.#adapter.join(row, this);
  }

  leave(row: string): void {
    this.#rows.delete(row);
    this.#adapter.leave(row, this);
  }

  terminate(): void {
    this.#ws.terminate();
  }
}

function httpServer(tls: TlsFiles | null, listener: RequestListener): Server {
  if (tls === null) return createServer(listener);
  const { certFile, keyFile, passphrase, clientCaFile } = tls;
  const settings = { cert: readFileSync(certFile), key: readFileSync(keyFile), ...(passphrase === undefined ? {} : { passphrase }) };
  if (clientCaFile === undefined) return createSecureServer(settings, listener);
  // A client may have no certificate; one with a wrong one gets no further.
  const asks = { requestCert: true, rejectUnauthorized: false, ca: readFileSync(clientCaFile) };
  return createSecureServer({ ...settings, ...asks }, listener).prependListener('secureConnection', (socket) => {
    if (!socket.authorized && certificateOf(socket) !== undefined) socket.destroy();
  });
}

function refuse(socket: Duplex, { status, headers = {}, body = '' }: Refusal): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  socket.end(`${head}${lines.join('')}\r\n${body}`);
}

function originOf(request: IncomingMessage): Origin {
  const { socket } = request;
  // Over TLS, node:http sees the encrypted connection's own socket underneath.
  const client = proxied.get(socket) ?? proxied.get((socket as { _parent?: object })._parent ?? socket);
  return {
    headers: headersOf(request),
    peer: socket.remoteAddress ?? '',
    peerPort: socket.remotePort,
    proxied: client?.address,
    proxiedPort: client?.port,
    certificate: socket instanceof TLSSocket ? certificateOf(socket) : undefined,
    secure: 'encrypted' in socket,
  };
}

function certificateOf(socket: TLSSocket): Uint8Array | undefined {
  return (socket.getPeerCertificate() as { readonly raw?: Uint8Array } | null)?.raw;
}

function split(request: IncomingMessage): { path: string; query: string } {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}

function headersOf(request: IncomingMessage): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}

async function answer(request: IncomingMessage, response: ServerResponse, handlers: AdapterHandlers): Promise<void> {
  const { path, query } = split(request);
  const asked: HttpRequest = {
    method: request.method ?? 'GET',
    path,
    query,
    ...originOf(request),
    body: (limit) => readBody(request, limit),
  };
  const { status, headers, body } = await handlers.http(asked);
  if (response.destroyed) {
    if (body instanceof Readable) body.destroy();
    return;
  }
  response.writeHead(status, headers.flat());
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) response.end(body ?? undefined);
  else {
    response.on('close', () => body.destroy());
    // Ended without having been sent to the end.
    body.on('close', () => body.readableEnded || response.destroy());
    body.on('error', () => {});
    response.flushHeaders();
    body.pipe(response);
  }
}

function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        // What still comes is read and let go: a client that cannot write to the end would not read the answer.
        chunks.length = 0;
        reject(new BodyTooLarge(limit));
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

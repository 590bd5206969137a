import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Refusal } from '@rekindle/channels/internal';
import { WebSocketServer } from 'ws';
import {
  type AdapterHandlers,
  type AdapterOptions,
  type AdapterSocket,
  BodyTooLarge,
  type Handshake,
  type HttpRequest,
  type HttpResponse,
  type Origin,
  type ServerAdapter,
  type UpgradeRequest,
} from './adapter.js';
import { listenError } from './listen-error.js';
import { certificateOf, HttpServer } from './node-http.js';
import { NodeOutbox } from './node-outbox.js';
import { NodeSocket } from './node-socket.js';
import { type ProxiedClient, takeProxyHeader } from './proxy-protocol.js';
import { webSocketFrame } from './websocket-frame.js';

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
  readonly #outbox = new NodeOutbox();
  #http: HttpServer | null = null;
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
    const served = new HttpServer(options.tls, (request, response) => void answer(request, response, handlers));
    const http = served.server;
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head, options, handlers));
    this.#http = served;
    const listening = options.proxies === null ? http : this.#behindProxies(http, options.proxies);
    return new Promise((resolve, reject) => {
      listening.once('error', (error) => reject(listenError(error, options.port, options.host)));
      listening.listen(options.port, options.host, () => resolve((listening.address() as AddressInfo).port));
    });
  }

  #behindProxies(http: TcpServer, isProxy: (peer: string) => boolean): TcpServer {
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
    const sockets = this.#rows.get(row);
    if (sockets === undefined) return;
    const framed = webSocketFrame(frame);
    for (const socket of sockets) if (socket !== except) socket.sendFramed(framed, frame);
  }

  stopListening(): void {
    this.#tcp?.close();
    this.#http?.stopListening();
  }

  async close(): Promise<void> {
    this.stopListening();
    for (const socket of this.#sockets) socket.terminate();
    this.#http?.close();
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
          accepted = new NodeSocket(this, this.#outbox, ws, options.maxBufferedBytes, made.events);
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

function split(request: IncomingMessage): { path: string; query: string } {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}

/** HTTP/2 has fields of its own instead of the request line and `host`. */
function headersOf({ headers: given }: IncomingMessage): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(given)) {
    const key = name === ':authority' ? 'host' : name;
    if (value !== undefined && !key.startsWith(':')) headers[key] = Array.isArray(value) ? value.join(', ') : value;
  }
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
  if (isGone(response)) {
    if (body instanceof Readable) body.destroy();
    return;
  }
  writeHead(response, status, headers);
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

/** The client went away. A response of HTTP/2 has a stream that knows. */
function isGone(response: ServerResponse & { readonly stream?: { readonly destroyed: boolean } }): boolean {
  return response.stream?.destroyed ?? response.destroyed;
}

/** As HTTP/2 has it too: no list of names and values, and a name that comes several times once with all its values. */
function writeHead(response: ServerResponse, status: number, headers: HttpResponse['headers']): void {
  response.statusCode = status;
  for (const [name, value] of headers) {
    const before = response.getHeader(name);
    response.setHeader(name, before === undefined ? value : [before, value].flat().map(String));
  }
  response.writeHead(status);
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
    // Over HTTP/2 that is all that is said of a client that went away.
    request.on('close', () => reject(new Error('the client went away')));
  });
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import {
  type AdapterHandlers,
  type AdapterOptions,
  type AdapterSocket,
  BodyTooLarge,
  type Handshake,
  type HttpRequest,
  type ServerAdapter,
  type SocketEvents,
  type UpgradeRequest,
} from './adapter.js';
import { listenError } from './listen-error.js';

const STATUS_TEXT: { readonly [status: number]: string } = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** node:http and ws. */
export class NodeAdapter implements ServerAdapter {
  readonly name = 'node';
  readonly #rows = new Map<string, Set<NodeSocket>>();
  readonly #sockets = new Set<NodeSocket>();
  readonly #servers = new Map<string, WebSocketServer>();
  #http: Server | null = null;

  listen(options: AdapterOptions, handlers: AdapterHandlers): Promise<number> {
    for (const [path, { maxFrameBytes }] of options.webSocketPaths) {
      this.#servers.set(
        path,
        new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false, skipUTF8Validation: false }),
      );
    }
    const http = createServer((request, response) => void answer(request, response, handlers));
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head, options, handlers));
    this.#http = http;
    return new Promise((resolve, reject) => {
      http.once('error', (error) => reject(listenError(error, options.port, options.host)));
      http.listen(options.port, options.host, () => resolve((http.address() as AddressInfo).port));
    });
  }

  publish(row: string, frame: string | Uint8Array, except: AdapterSocket | undefined): void {
    for (const socket of this.#rows.get(row) ?? []) if (socket !== except) socket.send(frame);
  }

  stopListening(): void {
    this.#http?.close();
  }

  async close(): Promise<void> {
    this.#http?.close();
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
      refuse(socket, 404);
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
          accepted = new NodeSocket(this, ws, options.maxBufferedBytes, events);
          this.#sockets.add(accepted);
        });
        return accepted;
      },
      refuse: (status) => {
        if (answered) return;
        answered = true;
        refuse(socket, status);
      },
    };
    const upgrade: UpgradeRequest = { path, query, headers: headersOf(request), peer: request.socket.remoteAddress ?? '', secure: false };
    socket.on('error', () => socket.destroy());
    const { events, aborted } = handlers.upgrade(upgrade, handshake);
    socket.once('close', () => {
      if (!answered) {
        answered = true;
        aborted();
      }
    });
  }
}

class NodeSocket implements AdapterSocket {
  readonly #adapter: NodeAdapter;
  readonly #ws: WebSocket;
  readonly #maxBufferedBytes: number;
  readonly #rows = new Set<string>();
  #corked = false;
  #slow = false;

  constructor(adapter: NodeAdapter, ws: WebSocket, maxBufferedBytes: number, events: SocketEvents) {
    this.#adapter = adapter;
    this.#ws = ws;
    this.#maxBufferedBytes = maxBufferedBytes;
    ws.on('message', (data: RawData, isBinary: boolean) => {
      const bytes = data as Buffer;
      events.message(isBinary ? new Uint8Array(bytes) : bytes.toString('utf8'));
    });
    ws.on('error', () => {}); // `close` follows
    ws.on('close', () => {
      for (const row of this.#rows) adapter.leave(row, this);
      this.#rows.clear();
      adapter.forget(this);
      events.closed(this.#slow);
    });
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Frames of one turn leave in one write. */
  send(frame: string | Uint8Array): void {
    const ws = this.#ws;
    if (ws.readyState !== ws.OPEN) return;
    const { _socket: socket } = ws as unknown as { _socket: Duplex };
    if (ws.bufferedAmount > this.#maxBufferedBytes) {
      // What this turn has sent may be all there is: it has not been offered to the operating system yet.
      if (this.#corked) socket.uncork();
      if (ws.bufferedAmount > this.#maxBufferedBytes) {
        this.#slow = true;
        this.terminate();
        return;
      }
      if (this.#corked) socket.cork();
    }
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    ws.send(frame);
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

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
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
    headers: headersOf(request),
    peer: request.socket.remoteAddress ?? '',
    secure: false,
    body: (limit) => readBody(request, limit),
  };
  const { status, headers, body } = await handlers.http(asked);
  if (response.destroyed) return;
  response.writeHead(status, headers.flat());
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) response.end(body ?? undefined);
  else body.pipe(response);
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

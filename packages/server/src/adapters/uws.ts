import type {
  TemplatedApp,
  HttpRequest as UwsRequest,
  HttpResponse as UwsResponse,
  us_listen_socket,
  us_socket_context_t,
  WebSocket,
} from 'uWebSockets.js';
import {
  type AdapterHandlers,
  type AdapterOptions,
  type AdapterSocket,
  BodyTooLarge,
  type Handshake,
  type HandshakeEvents,
  type HttpRequest,
  type HttpResponse,
  type ServerAdapter,
} from './adapter.js';
import { whyNot } from './listen-error.js';

type Uws = typeof import('uWebSockets.js');

// The only file that touches uWebSockets.js. Its objects die early: a request after its callback, a message's buffer too, a
// response when it is aborted (without an abort handler the process ends), a socket when its close handler returns. So
// everything is copied at once, and each wrapper knows when its object is gone.

/** Without it a second server could listen on the same port. */
const LISTEN_EXCLUSIVE_PORT = 1;

/** A form of `listen` that the types of uWebSockets.js leave out. */
interface ListensExclusively {
  listen(host: string, port: number, options: number, listening: (token: us_listen_socket | false) => void): void;
}

/** uWebSockets.js keeps a copy of this object, so what changes is behind `link`. */
interface UserData {
  readonly link: { socket: UwsSocket | null; readonly events: HandshakeEvents };
}

/** uWebSockets.js, with its native publish. */
export class UwsAdapter implements ServerAdapter {
  readonly name = 'uws';
  readonly #uws: Uws;
  readonly #app: TemplatedApp;
  readonly #outbox = new Outbox();
  #listening: us_listen_socket | null = null;

  constructor(uws: Uws) {
    this.#uws = uws;
    this.#app = uws.App();
  }

  listen(options: AdapterOptions, handlers: AdapterHandlers): Promise<number> {
    for (const [path, { maxFrameBytes }] of options.webSocketPaths) {
      this.#app.ws<UserData>(path, {
        compression: this.#uws.DISABLED,
        maxPayloadLength: maxFrameBytes,
        maxBackpressure: options.maxBufferedBytes,
        closeOnBackpressureLimit: 1,
        idleTimeout: 0,
        sendPingsAutomatically: false,
        upgrade: (response, request, context) => this.#upgrade(path, response, request, context, handlers),
        open: (ws) => {
          ws.getUserData().link.socket = new UwsSocket(ws, this.#outbox);
        },
        message: (ws, message, isBinary) => {
          const bytes = new Uint8Array(message);
          ws.getUserData().link.events.events.message(isBinary ? bytes.slice() : decode(bytes));
        },
        close: (ws) => {
          const { link } = ws.getUserData();
          const slow = link.socket?.slow ?? false;
          link.socket?.gone();
          link.events.events.closed(slow);
        },
      });
    }
    this.#app.any('/*', (response, request) => this.#http(response, request, handlers));
    return new Promise((resolve, reject) => {
      const listening = (token: us_listen_socket | false): void => {
        if (token === false) {
          void whyNot(options.port, options.host).then(reject);
          return;
        }
        this.#listening = token;
        resolve(this.#uws.us_socket_local_port(token));
      };
      if (options.host === undefined) this.#app.listen(options.port, LISTEN_EXCLUSIVE_PORT, listening);
      else (this.#app as unknown as ListensExclusively).listen(options.host, options.port, LISTEN_EXCLUSIVE_PORT, listening);
    });
  }

  publish(row: string, frame: string | Uint8Array, except: AdapterSocket | undefined): void {
    const isBinary = typeof frame !== 'string';
    this.#outbox.flush(); // what was sent before it arrives before it
    if (except instanceof UwsSocket) except.publish(row, frame, isBinary);
    else this.#app.publish(row, frame, isBinary, false);
  }

  stopListening(): void {
    if (this.#listening !== null) this.#uws.us_listen_socket_close(this.#listening);
    this.#listening = null;
  }

  async close(): Promise<void> {
    this.stopListening();
  }

  #upgrade(path: string, response: UwsResponse, request: UwsRequest, context: us_socket_context_t, handlers: AdapterHandlers): void {
    const headers = headersOf(request);
    const query = request.getQuery() ?? '';
    const key = headers['sec-websocket-key'] ?? '';
    const extensions = headers['sec-websocket-extensions'] ?? '';
    let open = true;
    const handshake: Handshake = {
      accept: (protocol) => {
        if (!open) return undefined;
        open = false;
        const link: UserData['link'] = { socket: null, events };
        response.cork(() => response.upgrade({ link }, key, protocol ?? '', extensions, context));
        return link.socket ?? undefined;
      },
      refuse: (status) => {
        if (!open) return;
        open = false;
        response.cork(() => response.writeStatus(statusLine(status)).endWithoutBody(0, true));
      },
    };
    response.onAborted(() => {
      if (!open) return;
      open = false;
      events.aborted();
    });
    const events = handlers.upgrade({ path, query, headers, peer: addressOf(response), secure: false }, handshake);
  }

  #http(response: UwsResponse, request: UwsRequest, handlers: AdapterHandlers): void {
    let open = true;
    response.onAborted(() => {
      open = false;
    });
    const asked: HttpRequest = {
      method: request.getCaseSensitiveMethod(),
      path: request.getUrl(),
      query: request.getQuery() ?? '',
      headers: headersOf(request),
      peer: addressOf(response),
      secure: false,
      body: bodyReader(response),
    };
    void handlers.http(asked).then((answer) => {
      if (open) respond(response, answer, () => open);
    });
  }
}

/** What `send` answers when too much waits already; the socket is closed then. */
const DROPPED = 2;

/** A row that nobody publishes to. */
const NO_ROW = ' ';

/** Sockets with frames to send: those of one round of the event loop leave in one write. */
class Outbox {
  #sockets: UwsSocket[] = [];
  #scheduled = false;

  add(socket: UwsSocket): void {
    this.#sockets.push(socket);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.#sockets.length === 0) return;
    const sockets = this.#sockets;
    this.#sockets = [];
    for (const socket of sockets) socket.flush();
  }
}

class UwsSocket implements AdapterSocket {
  readonly #outbox: Outbox;
  #ws: WebSocket<UserData> | null;
  #rows = 0;
  /** Not written yet; `#more` follow `#first`. */
  #first: string | Uint8Array | null = null;
  #more: (string | Uint8Array)[] | null = null;
  /** A frame did not fit any more. Of published frames uWebSockets.js does not tell. */
  slow = false;

  constructor(ws: WebSocket<UserData>, outbox: Outbox) {
    this.#ws = ws;
    this.#outbox = outbox;
  }

  get bufferedBytes(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }

  send(frame: string | Uint8Array): void {
    if (this.#first === null) {
      this.#first = frame;
      this.#outbox.add(this);
    } else if (this.#more === null) this.#more = [frame];
    else this.#more.push(frame);
  }

  flush(): void {
    const first = this.#first;
    const more = this.#more;
    if (first === null) return;
    this.#first = this.#more = null;
    const ws = this.#ws;
    if (ws === null) return;
    if (more === null) this.#send(ws, first);
    else {
      ws.cork(() => {
        this.#send(ws, first);
        // Sending may end the socket: a client that does not read is cut off.
        for (let i = 0; i < more.length && this.#ws !== null; i++) {
          this.#send(ws, more[i] as string | Uint8Array);
        }
      });
    }
  }

  #send(ws: WebSocket<UserData>, frame: string | Uint8Array): void {
    if (ws.send(frame, typeof frame !== 'string', false) === DROPPED) this.slow = true;
  }

  publish(row: string, frame: string | Uint8Array, isBinary: boolean): void {
    this.#ws?.publish(row, frame, isBinary, false);
  }

  close(code: number, reason: string): void {
    this.flush();
    this.#ws?.end(code, reason);
  }

  join(row: string): void {
    this.#rows++;
    this.#ws?.subscribe(row);
  }

  leave(row: string): void {
    this.#rows--;
    // With its last subscription uWebSockets.js drops what has been published to the socket but not written yet, so the
    // socket keeps another one until the loop has gone round.
    if (this.#rows === 0) {
      this.#ws?.subscribe(NO_ROW);
      setImmediate(() => this.#ws?.unsubscribe(NO_ROW));
    }
    this.#ws?.unsubscribe(row);
  }

  gone(): void {
    this.#ws = this.#first = this.#more = null;
  }
}

// A byte order mark is a character of the frame like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  return bytes.length < 128 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8') : decoder.decode(bytes);
}

function headersOf(request: UwsRequest): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  request.forEach((name, value) => {
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  });
  return headers;
}

function addressOf(response: UwsResponse): string {
  return Buffer.from(response.getRemoteAddressAsText()).toString('latin1');
}

function statusLine(status: number): string {
  return `${status} ${STATUS_TEXT[status] ?? 'Status'}`;
}

const STATUS_TEXT: { readonly [status: number]: string } = {
  200: 'OK',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Payload Too Large',
  416: 'Range Not Satisfiable',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The body has to be read from the first moment; it is kept until it is asked for. */
function bodyReader(response: UwsResponse): HttpRequest['body'] {
  const chunks: Buffer[] = [];
  let size = 0;
  let done = false;
  let waiting: { limit: number; resolve: (body: Uint8Array) => void; reject: (error: Error) => void } | null = null;
  const settle = (): void => {
    if (waiting === null) return;
    if (size > waiting.limit) waiting.reject(new BodyTooLarge(waiting.limit));
    else if (done) waiting.resolve(Buffer.concat(chunks));
    else return;
    waiting = null;
  };
  response.onData((chunk, isLast) => {
    size += chunk.byteLength;
    if (size <= MAX_KEPT_BODY) chunks.push(Buffer.from(new Uint8Array(chunk)));
    done = isLast;
    settle();
  });
  return (limit) =>
    new Promise((resolve, reject) => {
      waiting = { limit: Math.min(limit, MAX_KEPT_BODY), resolve, reject };
      settle();
    });
}

const MAX_KEPT_BODY = 8 << 20;

function respond(response: UwsResponse, { status, headers, body }: HttpResponse, isOpen: () => boolean): void {
  response.cork(() => {
    response.writeStatus(statusLine(status));
    for (const [name, value] of headers) if (name.toLowerCase() !== 'content-length') response.writeHeader(name, value);
    if (body === null) response.endWithoutBody(Number(headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? 0));
    else if (typeof body === 'string' || body instanceof Uint8Array) response.end(body);
  });
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return;
  const stream = body;
  stream.on('data', (chunk: Buffer) => {
    if (!isOpen()) return;
    response.cork(() => {
      if (response.write(chunk)) return;
      stream.pause();
      response.onWritable(() => {
        stream.resume();
        return true;
      });
    });
  });
  stream.on('end', () => isOpen() && response.cork(() => response.end()));
  stream.on('error', () => isOpen() && response.close());
}

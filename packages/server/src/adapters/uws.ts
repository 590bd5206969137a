import type {
  TemplatedApp,
  HttpRequest as UwsRequest,
  HttpResponse as UwsResponse,
  us_listen_socket,
  us_socket_context_t,
  WebSocket,
} from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import type { Refusal } from '@rekindle/channels/internal';
import {
  type AdapterHandlers,
  type AdapterOptions,
  type AdapterSocket,
  BodyTooLarge,
  CLOSE_SLOW,
  type Handshake,
  type HandshakeEvents,
  type HttpRequest,
  type HttpResponse,
  type Origin,
  type ServerAdapter,
  SLOW_REASON,
  type SocketEvents,
  type TlsFiles,
} from './adapter.js';
import { whyNot } from './listen-error.js';
import { worthTelling } from './pressure.js';

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
  readonly #outbox = new Outbox();
  readonly #sockets = new Set<UwsSocket>();
  #app!: TemplatedApp;
  #listening: us_listen_socket | null = null;
  #secure = false;
  #compresses = false;
  #proxies: AdapterOptions['proxies'] = null;
  #maxBufferedBytes = 0;
  #published = 0;
  #sweep: NodeJS.Timeout | null = null;

  constructor(uws: Uws) {
    this.#uws = uws;
  }

  listen(options: AdapterOptions, handlers: AdapterHandlers): Promise<number> {
    const { tls, maxBufferedBytes } = options;
    this.#app = tls === null ? this.#uws.App() : this.#uws.SSLApp(secureOptions(tls));
    this.#secure = tls !== null;
    this.#proxies = options.proxies;
    this.#maxBufferedBytes = maxBufferedBytes;
    for (const [path, { maxFrameBytes, compression }] of options.webSocketPaths) {
      this.#compresses ||= compression;
      this.#app.ws<UserData>(path, {
        compression: compression ? this.#uws.SHARED_COMPRESSOR : this.#uws.DISABLED,
        maxPayloadLength: maxFrameBytes,
        maxBackpressure: maxBufferedBytes * HARD_LIMIT,
        closeOnBackpressureLimit: 1,
        idleTimeout: 0,
        sendPingsAutomatically: false,
        upgrade: (response, request, context) => this.#upgrade(path, response, request, context, handlers),
        open: (ws) => {
          const { link } = ws.getUserData();
          const socket = new UwsSocket(ws, this.#outbox, maxBufferedBytes, compression, link.events.events);
          link.socket = socket;
          this.#sockets.add(socket);
        },
        drain: (ws) => ws.getUserData().link.socket?.look(),
        message: (ws, message, isBinary) => {
          const bytes = new Uint8Array(message);
          ws.getUserData().link.events.events.message(isBinary ? bytes.slice() : decode(bytes));
        },
        close: (ws, code, reason) => {
          const { link } = ws.getUserData();
          if (code === CLOSED_WITHOUT_CODE && textOf(reason) === TOO_LONG) link.events.events.tooLong();
          if (link.socket !== null) {
            this.#sockets.delete(link.socket);
            link.socket.gone(code, this.#published);
          }
          link.events.events.closed();
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
    this.#published += frame.length;
    if (this.#sweep === null && this.#published * 4 > this.#maxBufferedBytes) this.#sweepSoon();
    if (except instanceof UwsSocket) except.publish(row, frame, isBinary);
    else this.#app.publish(row, frame, isBinary, this.#compresses);
  }

  /** uWebSockets.js does not tell what a publish leaves unsent, so after much was published all sockets are looked at. */
  #sweepSoon(): void {
    this.#sweep = setTimeout(() => {
      this.#sweep = null;
      this.#published = 0;
      for (const socket of this.#sockets) socket.look();
    }, SWEEP_MS);
    this.#sweep.unref();
  }

  stopListening(): void {
    if (this.#listening !== null) this.#uws.us_listen_socket_close(this.#listening);
    this.#listening = null;
  }

  async close(): Promise<void> {
    this.stopListening();
  }

  #upgrade(path: string, response: UwsResponse, request: UwsRequest, context: us_socket_context_t, handlers: AdapterHandlers): void {
    const origin = this.#originOf(response, request);
    const { headers } = origin;
    const query = request.getQuery() ?? '';
    const key = headers['sec-websocket-key'] ?? '';
    const extensions = headers['sec-websocket-extensions'] ?? '';
    let open = true;
    const handshake: Handshake = {
      accept: (protocol) => {
        if (!open) return undefined;
        open = false;
        const link: UserData['link'] = { socket: null, events };
        // Now and then uWebSockets.js 20.30 ends the new socket before `cork` returns: after the upgrade it still takes it for
        // a response, and reads memory that is not one any more. Without the cork each piece of the answer is a system call.
        response.cork(() => response.upgrade({ link }, key, protocol ?? '', extensions, context));
        return link.socket?.isOpen === true ? link.socket : undefined;
      },
      refuse: (refusal) => {
        if (!open) return;
        open = false;
        refuse(response, refusal);
      },
    };
    response.onAborted(() => {
      if (!open) return;
      open = false;
      events.aborted();
    });
    const events = handlers.upgrade({ path, query, ...origin }, handshake);
  }

  #originOf(response: UwsResponse, request: UwsRequest): Origin {
    const peer = textOf(response.getRemoteAddressAsText());
    return {
      headers: headersOf(request),
      peer,
      // The header is taken from anybody; it is believed from proxies only.
      proxied: this.#proxies?.(peer) === true ? textOf(response.getProxiedRemoteAddressAsText()) || undefined : undefined,
      secure: this.#secure,
    };
  }

  #http(response: UwsResponse, request: UwsRequest, handlers: AdapterHandlers): void {
    let open = true;
    let body: HttpResponse['body'] = null;
    response.onAborted(() => {
      open = false;
      if (body instanceof Readable) body.destroy();
    });
    const asked: HttpRequest = {
      method: request.getCaseSensitiveMethod(),
      path: request.getUrl(),
      query: request.getQuery() ?? '',
      ...this.#originOf(response, request),
      body: bodyReader(response),
    };
    void handlers.http(asked).then((answer) => {
      body = answer.body;
      if (open) respond(response, answer, () => open);
      else if (body instanceof Readable) body.destroy();
    });
  }
}

/** Past so many limits uWebSockets.js ends the socket itself; up to there the close code can still be said. */
const HARD_LIMIT = 2;
/** Time between looks at all sockets while much is published. */
const SWEEP_MS = 100;

/** A row that nobody publishes to. */
const NO_ROW = ' ';

/** What `send` answers. */
const SENT = 1;
const DROPPED = 2;

const CLOSED_WITHOUT_CODE = 1006;
/** What uWebSockets.js says when it closes a socket for that. */
const TOO_LONG = 'Received too big message';

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
  readonly #limit: number;
  readonly #compress: boolean;
  readonly #events: SocketEvents;
  #ws: WebSocket<UserData> | null;
  /** What the gateway knows of what waits to be sent. */
  #told = 0;
  #slow = false;
  #rows = 0;
  /** Not written yet; `#more` follow `#first`. */
  #first: string | Uint8Array | null = null;
  #more: (string | Uint8Array)[] | null = null;

  constructor(ws: WebSocket<UserData>, outbox: Outbox, limit: number, compress: boolean, events: SocketEvents) {
    this.#ws = ws;
    this.#outbox = outbox;
    this.#limit = limit;
    this.#compress = compress;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#ws !== null;
  }

  /** Tells the gateway what waits, if it has changed much; ends the socket if it is too much. */
  look(): void {
    const ws = this.#ws;
    if (ws === null) return;
    const waits = ws.getBufferedAmount();
    if (waits > this.#limit) {
      this.#isSlow();
      ws.end(CLOSE_SLOW, SLOW_REASON);
    } else if (worthTelling(this.#told, waits, this.#limit)) {
      this.#told = waits;
      this.#events.pressure(waits);
    }
  }

  #isSlow(): void {
    if (this.#slow) return;
    this.#slow = true;
    this.#events.slow();
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
    let sent = SENT;
    if (more === null) sent = ws.send(first, typeof first !== 'string', this.#compress);
    else {
      ws.cork(() => {
        sent = ws.send(first, typeof first !== 'string', this.#compress);
        // Sending may end the socket; and a client that does not read is going to be cut off.
        for (let i = 0; i < more.length && this.#ws !== null; i++) {
          if (sent !== SENT && ws.getBufferedAmount() > this.#limit) break;
          const frame = more[i] as string | Uint8Array;
          sent = ws.send(frame, typeof frame !== 'string', this.#compress);
        }
      });
    }
    if (sent === DROPPED) this.#isSlow();
    else if (sent !== SENT || this.#told !== 0) this.look();
  }

  publish(row: string, frame: string | Uint8Array, isBinary: boolean): void {
    this.#ws?.publish(row, frame, isBinary, this.#compress);
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

  /** `published`: bytes since all sockets were looked at. They may have been too much for this one. */
  gone(code: number, published: number): void {
    if (code === CLOSED_WITHOUT_CODE && this.#told + published > this.#limit * HARD_LIMIT) this.#isSlow();
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

function textOf(address: ArrayBuffer): string {
  return Buffer.from(address).toString('latin1');
}

function secureOptions({ certFile, keyFile, passphrase }: TlsFiles): {
  cert_file_name: string;
  key_file_name: string;
  passphrase?: string;
} {
  return { cert_file_name: certFile, key_file_name: keyFile, ...(passphrase === undefined ? {} : { passphrase }) };
}

function refuse(response: UwsResponse, { status, headers = {}, body = '' }: Refusal): void {
  response.cork(() => {
    response.writeStatus(statusLine(status));
    for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value.replace(/[\r\n]+/g, ' '));
    response.end(body, true);
  });
}

function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? 'Status'}`;
}

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
  // Ended without having been sent to the end.
  stream.on('close', () => isOpen() && !stream.readableEnded && response.close());
  stream.on('error', () => {});
}

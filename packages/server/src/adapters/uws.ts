import type {
  TemplatedApp,
  HttpRequest as UwsRequest,
  HttpResponse as UwsResponse,
  us_listen_socket,
  us_socket_context_t,
  WebSocket,
} from 'uWebSockets.js';
import { Readable } from 'node:stream';
import type {
  AdapterHandlers,
  AdapterOptions,
  AdapterSocket,
  Handshake,
  HttpRequest,
  HttpResponse,
  Origin,
  ServerAdapter,
  TlsFiles,
} from './adapter.js';
import { whyNot } from './listen-error.js';
import { bodyReader, headersOf, refuse, respond, textOf } from './uws-http.js';
import { Outbox } from './uws-outbox.js';
import { CLOSED_WITHOUT_CODE, HARD_LIMIT, type UserData, UwsSocket } from './uws-socket.js';

type Uws = typeof import('uWebSockets.js');

// Only the files uws*.ts here touch uWebSockets.js. Its objects die early: a request after its callback, a message's buffer too, a
// response when it is aborted (without an abort handler the process ends), a socket when its close handler returns. So
// everything is copied at once, and each wrapper knows when its object is gone.

/** Without it a second server could listen on the same port. */
const LISTEN_EXCLUSIVE_PORT = 1;

/** A form of `listen` that the types of uWebSockets.js leave out. */
interface ListensExclusively {
  listen(host: string, port: number, options: number, listening: (token: us_listen_socket | false) => void): void;
}

/** uWebSockets.js, with its native publish. */
export class UwsAdapter implements ServerAdapter {
  readonly name = 'uws';
  readonly #uws: Uws;
  readonly #outbox = new Outbox((row, frame) => this.#app.publish(row, frame, typeof frame !== 'string', this.#compresses));
  readonly #sockets = new Set<UwsSocket>();
  #app!: TemplatedApp;
  #listening: us_listen_socket | null = null;
  #secure = false;
  #compresses = false;
  #proxies: AdapterOptions['proxies'] = null;
  #maxBufferedBytes = 0;
  /** The WebSocket that has just been opened. */
  #opened: WebSocket<UserData> | null = null;
  readonly #hasOpened = (ws: WebSocket<UserData> | null): void => {
    this.#opened = ws;
  };
  #published = 0;
  #look: NodeJS.Timeout | null = null;
  #lookInMs = 0;

  constructor(uws: Uws) {
    this.#uws = uws;
  }

  listen(options: AdapterOptions, handlers: AdapterHandlers): Promise<number> {
    const { tls, maxBufferedBytes } = options;
    this.#app = tls === null ? this.#uws.App() : this.#uws.SSLApp(secureOptions(tls));
    this.#secure = tls !== null;
    this.#proxies = options.proxies;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#hasOpened(null); // compiled before it matters: see `accept`
    for (const [path, { maxFrameBytes, compression }] of options.webSocketPaths) {
      this.#compresses ||= compression;
      this.#app.ws<UserData>(path, {
        compression: compression ? this.#uws.SHARED_COMPRESSOR : this.#uws.DISABLED,
        maxPayloadLength: maxFrameBytes,
        maxBackpressure: maxBufferedBytes * HARD_LIMIT,
        closeOnBackpressureLimit: 1,
        idleTimeout: 0,
        sendPingsAutomatically: false,
        upgrade: (response, request, context) => this.#upgrade(path, compression, response, request, context, handlers),
        open: this.#hasOpened,
        drain: (ws) => ws.getUserData().link.socket?.look(),
        message: (ws, message, isBinary) => ws.getUserData().link.events.events.message(Buffer.from(message), !isBinary),
        close: (ws, code, reason) => {
          const { link } = ws.getUserData();
          link.ended = true;
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
    this.#published += frame.length;
    if (this.#published * 2 > this.#maxBufferedBytes) this.#lookAtAll(1);
    else if (this.#published * 4 > this.#maxBufferedBytes) this.#lookAtAll(LOOK_MS);
    this.#outbox.publish(row, frame, except instanceof UwsSocket ? except : undefined);
  }

  /**
   * uWebSockets.js does not tell what a publish leaves unsent, so after much was published all sockets are looked at: at the latest when
   * it is half of what may wait for one, so that a client is known to be slow before it has to be cut off.
   */
  #lookAtAll(delayMs: number): void {
    if (this.#look !== null) {
      if (this.#lookInMs <= delayMs) return;
      clearTimeout(this.#look);
    }
    this.#lookInMs = delayMs;
    this.#look = setTimeout(() => {
      this.#look = null;
      this.#published = 0;
      for (const socket of this.#sockets) socket.look();
    }, delayMs);
    this.#look.unref();
  }

  stopListening(): void {
    if (this.#listening !== null) this.#uws.us_listen_socket_close(this.#listening);
    this.#listening = null;
  }

  async close(): Promise<void> {
    this.stopListening();
  }

  #upgrade(
    path: string,
    compression: boolean,
    response: UwsResponse,
    request: UwsRequest,
    context: us_socket_context_t,
    handlers: AdapterHandlers,
  ): void {
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
        const link: UserData['link'] = { socket: null, ended: false, events };
        // After the upgrade the `cork` of uWebSockets.js 20.30 still takes the socket for a response, and reads memory that has
        // been given back: if something else is there by then, it may end the socket. So until `cork` returns nothing is done
        // that needs memory. Without the cork each piece of the answer is a system call.
        response.cork(() => response.upgrade({ link }, key, protocol ?? '', extensions, context));
        const ws = this.#opened;
        this.#opened = null;
        if (ws === null || link.ended) return undefined;
        const socket = new UwsSocket(ws, this.#outbox, this.#maxBufferedBytes, compression, events.events);
        link.socket = socket;
        this.#sockets.add(socket);
        return socket;
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
      peerPort: (response as PortKnowing).getRemotePort?.(),
      // The header is taken from anybody; it is believed from proxies only.
      proxied: this.#proxies?.(peer) === true ? textOf(response.getProxiedRemoteAddressAsText()) || undefined : undefined,
      proxiedPort: undefined,
      certificate: undefined, // not to be had: `chooseAdapter` sees to it that nobody waits for one
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

/** Releases of uWebSockets.js after 20.30 may know the port. */
interface PortKnowing {
  getRemotePort?(): number;
}

/** Time between looks at all sockets while much is published, but not very much. */
const LOOK_MS = 100;

/** What uWebSockets.js says when it closes a socket for that. */
const TOO_LONG = 'Received too big message';

function secureOptions({ certFile, keyFile, passphrase }: TlsFiles): {
  cert_file_name: string;
  key_file_name: string;
  passphrase?: string;
} {
  return { cert_file_name: certFile, key_file_name: keyFile, ...(passphrase === undefined ? {} : { passphrase }) };
}

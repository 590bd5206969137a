import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createSecureServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsFiles } from './adapter.js';

/**
 * A connection without a request is closed by whoever uses it, and not here just when the next one is on its way: proxies keep them for
 * up to 60 s, where node:http ends them after 5.
 */
const KEEP_ALIVE_MS = 75_000;

/** HTTP/1.1; over TLS HTTP/2 as well, for clients that offer it. WebSockets come by HTTP/1.1 in any case. */
export class HttpServer {
  readonly server: Server;
  readonly #connections = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(tls: TlsFiles | null, listener: RequestListener) {
    this.server = tls === null ? createServer(listener) : this.#secure(tls, listener);
    Object.assign(this.server, { keepAliveTimeout: KEEP_ALIVE_MS });
    const opened = (socket: Socket): void => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    };
    this.server.on('connection', opened);
  }

  #secure({ certFile, keyFile, passphrase, clientCaFile }: TlsFiles, listener: RequestListener): Server {
    const settings = { cert: readFileSync(certFile), key: readFileSync(keyFile), ...(passphrase === undefined ? {} : { passphrase }) };
    if (clientCaFile === undefined) {
      // What it calls listeners with has the methods of HTTP/1.1's that are used here.
      const http2 = createHttp2Server({ ...settings, allowHTTP1: true }, listener as never);
      http2.on('session', (session) => {
        this.#sessions.add(session);
        session.once('close', () => this.#sessions.delete(session));
      });
      return http2;
    }
    // A client may have no certificate; one with a wrong one gets no further.
    const asks = { requestCert: true, rejectUnauthorized: false, ca: readFileSync(clientCaFile) };
    return createSecureServer({ ...settings, ...asks }, listener).prependListener('secureConnection', (socket) => {
      if (!socket.authorized && certificateOf(socket) !== undefined) socket.destroy();
    });
  }

  /** No new connections; what is under way is answered. */
  stopListening(): void {
    this.server.close();
    for (const session of this.#sessions) session.close();
  }

  /** Ends what is still open. */
  close(): void {
    for (const socket of this.#connections) socket.destroy();
  }
}

/** What the client has shown, in DER. */
export function certificateOf(socket: TLSSocket): Uint8Array | undefined {
  return (socket.getPeerCertificate() as { readonly raw?: Uint8Array } | null)?.raw;
}

import type { Readable } from 'node:stream';
import type { Refusal } from '@rekindle/channels/internal';

/** Where a request comes from. */
export interface Origin {
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** The address of the other end of the connection: the client's, or a proxy's. */
  readonly peer: string;
  /** Its port; undefined where the adapter does not know it. */
  readonly peerPort: number | undefined;
  /** The client's address in the PROXY protocol's header, if the connection began with one. */
  readonly proxied: string | undefined;
  readonly proxiedPort: number | undefined;
  /** What the other end has shown for itself over TLS, in DER; undefined for nothing. */
  readonly certificate: Uint8Array | undefined;
  /** It came over TLS. */
  readonly secure: boolean;
}

/** What a client asks for when it wants a WebSocket. */
export interface UpgradeRequest extends Origin {
  readonly path: string;
  readonly query: string;
}

/** The client's handshake, until it is answered one way or the other. */
export interface Handshake {
  /** Opens the WebSocket; undefined if the client is gone. */
  accept(protocol: string | undefined): AdapterSocket | undefined;
  refuse(refusal: Refusal): void;
}

/** An open WebSocket. Calls after its end have no effect. */
export interface AdapterSocket {
  send(frame: string | Uint8Array): void;
  close(code: number, reason: string): void;
  /** Rows are sets of sockets that are published to. */
  join(row: string): void;
  leave(row: string): void;
  readonly bufferedBytes: number;
}

/** What the adapter tells the gateway. */
export interface SocketEvents {
  /** The bytes of a frame, in UTF-8 if it is a text frame. They are there during the call only. */
  message(bytes: Buffer, isText: boolean): void;
  /** The socket is gone, whoever closed it. Called once. */
  closed(): void;
  /** So much waits to be sent, noticeably more or less than when it was said last. */
  pressure(bufferedBytes: number): void;
  /** More than the limit waits to be sent: the adapter closes the socket. Comes before `closed`. */
  slow(): void;
  /** A frame was longer than its path allows: the adapter closes the socket. Comes before `closed`. */
  tooLong(): void;
}

export interface HttpRequest extends Origin {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The whole body; rejects when it is larger than the limit. */
  body(limit: number): Promise<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** A stream is destroyed when the client goes away. */
  readonly body: string | Uint8Array | Readable | null;
}

export interface AdapterHandlers {
  /** Answers at once or later, through `handshake`; `aborted` may come before that. */
  upgrade(request: UpgradeRequest, handshake: Handshake): HandshakeEvents;
  http(request: HttpRequest): Promise<HttpResponse>;
}

/** What becomes of a handshake. */
export interface HandshakeEvents {
  /** The client went away before it was answered. */
  aborted(): void;
  /** Events of the socket that `accept` opens. */
  readonly events: SocketEvents;
}

export interface AdapterOptions {
  readonly port: number;
  readonly host: string | undefined;
  readonly webSocketPaths: ReadonlyMap<string, WebSocketPath>;
  /** A socket with more than this waiting to be sent is closed. */
  readonly maxBufferedBytes: number;
  readonly tls: TlsFiles | null;
  /** Connections from these addresses may begin with a header of the PROXY protocol; null: none may. */
  readonly proxies: ((peer: string) => boolean) | null;
}

/** A path that takes WebSockets. */
export interface WebSocketPath {
  readonly maxFrameBytes: number;
  /** Compresses frames for clients that can take it (permessage-deflate). */
  readonly compression: boolean;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphrase?: string;
  /** Clients are asked for a certificate that leads to one of these roots. */
  readonly clientCaFile?: string;
}

/** Close code of a socket whose client does not read: `try again later`. Stock clients come back. */
export const CLOSE_SLOW = 1013;
/** What goes with it. */
export const SLOW_REASON = 'too slow';

/** The part that touches the network: uWebSockets.js, or node:http and ws. Both behave the same. */
export interface ServerAdapter {
  readonly name: 'uws' | 'node';
  /** The port that is listened on. Rejects with `ListenError`. */
  listen(options: AdapterOptions, handlers: AdapterHandlers): Promise<number>;
  /** To all sockets of a row, except one. */
  publish(row: string, frame: string | Uint8Array, except: AdapterSocket | undefined): void;
  /** No new connections; open ones live on. */
  stopListening(): void;
  /** Ends what is still open. */
  close(): Promise<void>;
}

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  constructor(limit: number) {
    super(`a request body of more than ${limit} bytes`);
  }
}

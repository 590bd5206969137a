/** What a client asks for when it wants a WebSocket. */
export interface UpgradeRequest {
  readonly path: string;
  readonly query: string;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly peer: string;
  readonly secure: boolean;
}

/** The client's handshake, until it is answered one way or the other. */
export interface Handshake {
  /** Opens the WebSocket; undefined if the client is gone. */
  accept(protocol: string | undefined): AdapterSocket | undefined;
  refuse(status: number): void;
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
  /** Text, or bytes that nobody else writes to. */
  message(frame: string | Uint8Array): void;
  /** The socket is gone, whoever closed it. Called once. `slow`: it was cut off because its client left too much unread. */
  closed(slow: boolean): void;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: { readonly [name: string]: string };
  readonly peer: string;
  readonly secure: boolean;
  /** The whole body; rejects when it is larger than the limit. */
  body(limit: number): Promise<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Uint8Array | NodeJS.ReadableStream | null;
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
  /** Paths that take WebSockets, with the largest frame each accepts. */
  readonly webSocketPaths: ReadonlyMap<string, { readonly maxFrameBytes: number }>;
  /** A socket with more than this waiting to be sent is closed. */
  readonly maxBufferedBytes: number;
}

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

/** A socket of the endpoint, as the gateway needs it: plain data, no classes. */
export interface SocketSpec {
  readonly path: string;
  readonly websocket: boolean;
  readonly longpoll: boolean;
  /** How long a poll waits for something to send. */
  readonly longpollWindowMs: number;
  readonly authToken: boolean;
  /** The connection is closed when the client says nothing for so long. */
  readonly timeoutMs: number;
  readonly maxFrameBytes: number;
}

/** A folder of files, and where they appear. */
export interface StaticFolder {
  /** Begins and ends with a slash. */
  readonly path: string;
  /** Absolute. */
  readonly folder: string;
}

/** What the gateway has to know of the application's endpoint. */
export interface EndpointSpec {
  readonly sockets: readonly SocketSpec[];
  readonly checkOrigin: boolean | readonly string[];
  readonly static: readonly StaticFolder[];
  /** The application answers HTTP requests that no file matches. */
  readonly http: boolean;
  readonly maxBufferedBytes: number;
  readonly maxBodyBytes: number;
}

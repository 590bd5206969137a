/** A socket of the endpoint, as the gateway needs it: plain data, no classes. */
export interface SocketSpec {
  readonly path: string;
  readonly websocket: boolean;
  readonly longpoll: boolean;
  readonly authToken: boolean;
  /** The connection is closed when the client says nothing for so long. */
  readonly timeoutMs: number;
  readonly maxFrameBytes: number;
}

/** What the gateway has to know of the application's endpoint. */
export interface EndpointSpec {
  readonly sockets: readonly SocketSpec[];
  readonly checkOrigin: boolean | readonly string[];
  /** Absolute path of the folder of static files. */
  readonly static: string | undefined;
  /** The application answers HTTP requests that no file matches. */
  readonly http: boolean;
  readonly maxBufferedBytes: number;
  readonly maxBodyBytes: number;
}

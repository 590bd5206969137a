/** What a subscription gets beside the bytes; read on demand, as subjects cost something to decode. */
export interface Delivery {
  readonly subject: string;
}

/** The bytes are valid afterwards too, but keep a larger buffer alive. */
export type Handler = (bytes: Uint8Array, delivery: Delivery) => void;

export interface Listening {
  unsubscribe(): void;
}

export type TransportEvent =
  | { readonly type: 'connected'; readonly server: string }
  | { readonly type: 'disconnected' }
  /** It has never been connected, and this is why; said again when the reason changes. */
  | { readonly type: 'unreachable'; readonly error: Error }
  /** Something that does not end the connection: a subject that is not permitted. */
  | { readonly type: 'error'; readonly error: Error };

/** Why a question was not answered. Only `no_responders` says something about the one who was asked. */
export type NoAnswer = 'no_responders' | 'timeout';

/**
 * What the cluster needs of a message broker, which is core NATS: messages by subject, at most once, in order per sender, lost
 * only when a connection breaks; nothing comes back to its sender.
 */
export interface ClusterTransport {
  readonly connected: boolean;
  /** Of one message. */
  readonly maxPayload: number;
  /** Connects, for ever; what becomes of it `events` hears, and never before this has returned. */
  start(events: (event: TransportEvent) => void): void;
  /** False while not connected: nothing is kept for later. */
  publish(subject: string, bytes: Uint8Array): boolean;
  /** Takes effect with the next connection when there is none. `*` stands for one token. */
  subscribe(subject: string, handler: Handler): Listening;
  /** Never rejects. */
  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array | NoAnswer>;
  /** Answers requests on a subject. */
  answer(subject: string, reply: () => Uint8Array): Listening;
  /** Resolves when the broker has seen everything up to here, or the connection is gone. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

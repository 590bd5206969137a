import type { Content, Scope } from '@rekindle/pubsub';
import type { Frame } from './wire/index.js';

/** What the gateway keeps of an accepted connection, so that it survives the death of the thread that serves it. */
export interface Accepted {
  /** Its name: `v1`, `v2`, or that of a further one. */
  readonly serializer: string;
  /** Topic whose `disconnect` event closes the connection. */
  readonly id: string | undefined;
  /** The assigns, encoded; undefined when they cannot be, and `connect` has to run again. */
  readonly assigns: Uint8Array | undefined;
}

/**
 * From the actors to the sockets. A connection sees the effects of one thread's calls in the order they were made. All
 * calls return at once; those about connections that are gone have no effect.
 */
export interface GatewayLink {
  /** The gateway outlives this thread, and can give a connection to another one. */
  readonly keepsAssigns: boolean;
  accept(connection: number, accepted: Accepted): void;
  refuse(connection: number, refusal: Refusal): void;
  /** The frames before the end of that batch have been handled. */
  acknowledge(connection: number, batch: number): void;
  send(connection: number, frame: Frame): void;
  /** The connection gets the topic's events from now on, except those of the intercept group. */
  join(connection: number, topic: string, joinRef: string, intercepts: readonly string[]): void;
  /** As `join`, to a topic of which something is kept; then answers the join, with what the client has missed. */
  joinKept(connection: number, topic: string, joinRef: string, join: KeptJoin): void;
  leave(connection: number, topic: string): void;
  close(connection: number, code: number, reason: string): void;
  publish(topic: string, content: Content, scope: Scope, except: number | undefined): void;
  /** Adds one to a counter of the node. For what is rare: it costs a frame to the gateway. */
  count(counter: SocketCounter): void;
}

/** The answer to a join, which the gateway completes. */
export interface KeptJoin {
  /** JSON text. */
  readonly ref: string;
  /** JSON text of an object. */
  readonly reply: string;
  /** What the client says where it was; null for nothing. */
  readonly cursor: string | null;
}

/** What a thread's sockets count. */
export type SocketCounter =
  | 'connectsRefused'
  | 'originsRefused'
  | 'joinsLimited'
  | 'eventsLimited'
  | 'floodsClosed'
  | 'badFrames'
  | 'channelsLimited'
  | 'mailboxesOverflowed';

/** What a client gets instead of a connection. */
export interface Refusal {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
}

/** What stays known of a connection. */
export interface ConnectionOrigin {
  readonly connection: number;
  /** Path of the socket, as in `endpoint.sockets`. */
  readonly path: string;
  readonly transport: 'websocket' | 'longpoll' | 'sse';
  readonly peer: string;
}

/** Of that request nothing else is kept. */
export function originOf({ connection, path, transport, peer }: ConnectionOrigin): ConnectionOrigin {
  return { connection, path, transport, peer };
}

/** What is known about a client before `connect` runs. */
export interface OpenRequest extends ConnectionOrigin {
  readonly query: string;
  readonly peerPort: number | undefined;
  /** DER in base64. */
  readonly certificate: string | undefined;
  readonly uri: string;
  /** Those that `connect` may see, names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** What the browser says where the page is from; undefined for clients that are no browsers. */
  readonly origin: string | undefined;
  readonly authToken: string | undefined;
}

/** A connection whose thread died, as the gateway remembers it. */
export interface ReviveRequest {
  readonly open: OpenRequest;
  readonly accepted: Accepted;
}

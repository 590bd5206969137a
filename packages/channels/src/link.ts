import type { Content, Scope } from '@rekindle/pubsub';
import type { Frame } from './wire/index.js';

/** What the gateway keeps of an accepted connection, so that it survives the death of the thread that serves it. */
export interface Accepted {
  readonly serializer: 'v1' | 'v2';
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
  accept(connection: number, accepted: Accepted): void;
  refuse(connection: number, status: number): void;
  /** The frames before the end of that batch have been handled. */
  acknowledge(connection: number, batch: number): void;
  send(connection: number, frame: Frame): void;
  /** The connection gets the topic's events from now on, except those of the intercept group. */
  join(connection: number, topic: string, joinRef: string, intercepts: readonly string[]): void;
  leave(connection: number, topic: string): void;
  close(connection: number, code: number, reason: string): void;
  publish(topic: string, content: Content, scope: Scope, except: number | undefined): void;
}

/** What is known about a client before `connect` runs. */
export interface OpenRequest {
  readonly connection: number;
  /** Path of the socket, as in `endpoint.sockets`. */
  readonly path: string;
  readonly transport: 'websocket' | 'longpoll' | 'sse';
  readonly query: string;
  readonly peer: string;
  readonly uri: string;
  readonly headers: { readonly [name: string]: string };
  readonly authToken: string | undefined;
}

/** A connection whose thread died, as the gateway remembers it. */
export interface ReviveRequest {
  readonly open: OpenRequest;
  readonly accepted: Accepted;
}

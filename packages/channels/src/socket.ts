import { MisuseError } from '@rekindle/kernel';
import type { AnyChannel, ChannelClass, ContractAt } from './channel.js';
import { optionsOf } from './channel-options.js';

type Later<T> = T | Promise<T>;

/** What is known of a client that connects. Phoenix: `connect_info`. */
export interface ConnectInfo {
  /** The client's address; behind proxies that the endpoint trusts, the one they tell. */
  readonly peer: string;
  /**
   * The port that belongs to `peer`; undefined where nobody tells it: with the `uws` adapter as with most proxies. Phoenix:
   * `peer_data.port`.
   */
  readonly peerPort: number | undefined;
  /**
   * The certificate in DER that the other end of the connection has shown, where the endpoint asks for it (`tls.clientCaFile`): `new
   * X509Certificate(info.peerCertificate)`. Phoenix: `peer_data.ssl_cert`.
   */
  readonly peerCertificate: Uint8Array | undefined;
  readonly userAgent: string | undefined;
  readonly uri: URL;
  readonly transport: 'websocket' | 'longpoll' | 'sse';
  /** Chosen by the client's `vsn`: `v1`, `v2`, or the name of a further one. */
  readonly serializer: string;
  /** Request headers whose names begin with `x-`: all, or those that the socket's `connectInfo.xHeaders` lists. */
  readonly xHeaders: { readonly [name: string]: string };
  /** The W3C trace context that came with the request. Phoenix: `:trace_context_headers`. */
  readonly traceContext: { readonly traceparent?: string; readonly tracestate?: string };
  /** The token the client sent beside the parameters: the `authToken` option of the stock client. */
  readonly authToken: string | undefined;
}

const errorBrand: unique symbol = Symbol('error');

/** `{:error, payload}`: from a handler the error reply, from `join` and `connect` the refusal. */
export interface ErrorReply<E> {
  readonly kind: 'error';
  readonly payload: E;
  readonly [errorBrand]: true;
}

/** Refuses: from `connect` and `join` the refusal, from a handler the error reply, with that payload. Phoenix: `{:error, payload}`. */
export function error<const E = {}>(payload?: E): ErrorReply<E> {
  return { kind: 'error', payload: (payload === undefined ? {} : payload) as E, [errorBrand]: true };
}

export function isErrorReply(value: unknown): value is ErrorReply<unknown> {
  return typeof value === 'object' && value !== null && errorBrand in value;
}

const ASSIGNS: unique symbol = Symbol('assigns');

/**
 * Who may connect, and as whom. One instance per connection; `connect` runs before the WebSocket opens. Phoenix:
 * `Phoenix.Socket`.
 */
export abstract class Socket<Assigns extends object = {}> {
  /** What `connect` answered; every channel of the connection can read it. */
  get assigns(): Readonly<Assigns> {
    return this[ASSIGNS];
  }

  /** @internal */
  [ASSIGNS]: Readonly<Assigns> = {} as Readonly<Assigns>;

  /** Answers the connection's assigns, or `error()` to refuse it with status 403. Must be plain data to outlive its thread. */
  abstract connect(params: { readonly [key: string]: unknown }, info: ConnectInfo): Later<Assigns | ErrorReply<unknown>>;

  /**
   * Until when the assigns hold, in milliseconds since 1970: until the token that `connect` has checked expires, say. Asked after
   * `connect` and after each `refresh`. Default: for ever.
   */
  expiresAt(): number | undefined {
    return undefined;
  }

  /**
   * The client brings something newer than it connected with (`refresh` of `@rekindle/client`): answers the connection's new
   * assigns, which its channels see at once, or `error()`, and then everything stays as it was. Not defined: it cannot.
   */
  refresh?(params: { readonly [key: string]: unknown }): Later<Assigns | ErrorReply<unknown>>;

  /**
   * The time that `expiresAt` has answered is over: answers the assigns with which the connection goes on. Not defined, or without
   * an answer: it is closed with 1008.
   */
  expired?(): Assigns | undefined;

  /** The topic whose `disconnect` event closes all connections that share it; undefined for none. */
  id(): string | undefined {
    return undefined;
  }
}

/** @internal */
export function setAssigns(socket: AnySocket, assigns: object): void {
  (socket as AnySocket & { [ASSIGNS]: object })[ASSIGNS] = assigns;
}

export type AssignsOf<S> = S extends { readonly assigns: infer A } ? A : {};

/** Any socket. */
export interface AnySocket {
  readonly assigns: object;
  connect(params: { readonly [key: string]: unknown }, info: ConnectInfo): unknown;
  id(): string | undefined;
  expiresAt?(): number | undefined;
  refresh?(params: { readonly [key: string]: unknown }): unknown;
  expired?(): object | undefined;
}

/** Any socket class, as endpoints take it. */
export interface SocketClass {
  new (): AnySocket;
  readonly name: string;
  readonly channels: Routes<unknown>;
}

/** Topic patterns and their channel classes. */
export interface Routes<T> {
  readonly types?: T;
  readonly table: ReadonlyMap<string, ChannelConstructor>;
}

export type RoutesOf<S> = S extends { readonly channels: Routes<infer T> } ? ContractAt<T> : never;

/** A channel class at run time. */
export interface ChannelConstructor {
  new (): AnyChannel;
  readonly name: string;
}

/**
 * Topic patterns to channel classes: `routes({ 'room:*': RoomChannel })`. A pattern matches exactly, or with a trailing `*`
 * every topic that begins so; the first that matches wins. Checks that each class carries its own contract and handlers.
 */
export function routes<T extends { [pattern: string]: AnyChannel }>(table: { [P in keyof T]: ChannelClass<T[P]> }): Routes<T> {
  const entries = Object.entries(table) as unknown as [string, ChannelConstructor][];
  for (const [pattern, Class] of entries) {
    optionsOf(Class);
    if (pattern.slice(0, -1).includes('*')) {
      throw new MisuseError('bad_option', `topic pattern '${pattern}': expected '*' at the end only`);
    }
  }
  return { table: new Map(entries) };
}

/** The channel class for a topic. */
export function routeOf(routes: Routes<unknown>, topic: string): ChannelConstructor | undefined {
  for (const [pattern, Class] of routes.table) {
    if (pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern) return Class;
  }
  return undefined;
}

import type { ErrorHandler, OriginCheck, SocketClass } from '@rekindle/channels';
import { type AnyProcess, type Children, register, type SupervisorOptions } from '@rekindle/kernel';
import { type Launchable, makeBehaviour } from '@rekindle/kernel/internal';

import type { Limits } from './limits.js';
import { checkEndpoint } from './options.js';
import type { PublishOptions } from './publish/publish-options.js';
import type { WebhookOptions } from './webhooks/webhook-options.js';

/** One socket of the endpoint. */
export interface SocketOptions {
  readonly handler: SocketClass;
  /** WebSockets at `<path>/websocket`. Default true. */
  readonly websocket?: boolean;
  /** Long-polling at `<path>/longpoll`. Default false. */
  readonly longpoll?: boolean;
  /** Server-sent events, for clients that only listen: at `<path>/sse`, or at a path of its own. Default false. */
  readonly sse?: boolean | string;
  /** How long a poll waits for something to send. Default 10,000. */
  readonly longpollWindowMs?: number;
  /** Takes the stock client's `authToken`, handed to `connect` as `info.authToken`. Default false: clients that send one cannot connect, as in Phoenix. */
  readonly authToken?: boolean;
  /** A connection whose client says nothing for so long is closed. Default 60,000. */
  readonly timeoutMs?: number;
  /** Larger frames close the connection with 1009. Default 65,536. */
  readonly maxFrameBytes?: number;
  /** Topics one connection can have joined at a time. Default 100. */
  readonly maxChannels?: number;
  /** How often one connection may join and send; each overrides the endpoint's. */
  readonly limits?: Pick<Limits, 'joins' | 'events'>;
  /** Compresses frames for clients that offer it (permessage-deflate). Costs memory and time per frame. Default false. */
  readonly compression?: boolean;
  /** What `connect` is told beyond the usual. */
  readonly connectInfo?: {
    /** Names of headers that begin with `x-` and are handed on as `info.xHeaders`. Default: all of them. */
    readonly xHeaders?: readonly string[];
  };
  /** Makes the response for a WebSocket client that `connect` refuses. Default: status 403 without a body. Runs on a scheduler. */
  readonly errorHandler?: ErrorHandler;
}

/** How a node that stops sends its clients away. Phoenix: a socket's `drainer`. */
export interface DrainerOptions {
  /** How long load balancers are given to see that the node is not ready any more, before anything else. Default 0. */
  readonly readinessMs?: number;
  /** Connections that are closed at once. Default 10,000. */
  readonly batchSize?: number;
  /** Time between batches. Default 2,000. */
  readonly batchIntervalMs?: number;
  /** All are closed by then, and channels that have not ended are stopped by their supervisor. Default 30,000. */
  readonly deadlineMs?: number;
}

/** Paths of PEM files, or file URLs. */
export interface TlsOptions {
  /** The certificate, with those that lead to the root. */
  readonly certFile: Folder;
  readonly keyFile: Folder;
  readonly passphrase?: string;
  /**
   * Roots of clients' certificates. With it clients are asked for one; `connect` finds it as `info.peerCertificate`. Who has none is
   * let in as far as `connect`, who has one that leads to none of the roots is not. With the node adapter only. Default: nobody is asked.
   */
  readonly clientCaFile?: Folder;
}

/** Answers HTTP requests: Hono and its like, or a function. Runs on a scheduler. */
export type FetchHandler = { fetch(request: Request): Response | Promise<Response> } | ((request: Request) => Response | Promise<Response>);

/** A URL, an absolute path, or one relative to the working directory. */
export type Folder = string | URL;

/** A folder of static files, and how long browsers may keep them. */
export interface StaticOptions {
  readonly folder: Folder;
  /**
   * The header `Cache-Control` of its files: `public, max-age=31536000, immutable` for files whose names change with their content.
   * Default `public, max-age=0`: browsers keep a file, and ask each time whether it has changed.
   */
  readonly cacheControl?: string;
}

/** What the server of a node answers: sockets, HTTP, files, and the limits of all of them. */
export interface Endpoint {
  /** Sockets by path: `{ '/socket': { handler: UserSocket } }`. */
  readonly sockets?: { readonly [path: string]: SocketOptions };
  readonly http?: FetchHandler;
  /** A folder of static files, or several by the path they appear under, looked into in that order. */
  readonly static?: Folder | { readonly [path: string]: Folder | StaticOptions };
  /** Comes before the paths of sockets, static files and `readiness`: `/app`. The HTTP handler gets full URLs. Default: none. */
  readonly path?: string;
  /**
   * Origins that browsers may connect from: `true` (default) for the page's own host, a list of hosts (`//*.example.com` for
   * all below), `false` for all, or a function that runs on a scheduler. Refused with status 403. Phoenix: `check_origin`.
   */
  readonly checkOrigin?: boolean | readonly string[] | OriginCheck;
  /** How often clients may connect, join and send; `false` for as often as they like. */
  readonly limits?: Limits | false;
  /**
   * Addresses, or networks such as `10.0.0.0/8`, of proxies in front of this server. What they say in `X-Forwarded-For` and
   * `X-Forwarded-Proto` is believed. Default: none.
   */
  readonly trustedProxies?: readonly string[];
  /**
   * Trusted proxies begin each connection with a header of the PROXY protocol: version 2, or with the node adapter also version 1. Not
   * together with `tls`. Default false.
   */
  readonly proxyProtocol?: boolean;
  /**
   * Further serializers by the `vsn` that clients ask for (`3.0.0`, or `3.0.*`): modules whose default export is a
   * `Serializer`. They are loaded by the gateway too, so they must do nothing else. See `msgpack`.
   */
  readonly serializers?: { readonly [vsn: string]: string | URL };
  /** Other services publish with `POST /api/publish` and a key. Default: they cannot. */
  readonly publish?: PublishOptions;
  /** Other services are told who comes to topics of this node, and who goes. Default: none. */
  readonly webhooks?: readonly WebhookOptions[];
  readonly drainer?: DrainerOptions;
  /** A path that answers 200 while the node takes clients, and 503 when it is told to stop: for load balancers. Default: none. */
  readonly readiness?: string;
  /** Serves HTTPS and WSS. Default: a proxy in front does. */
  readonly tls?: TlsOptions;
  /** Compresses HTTP responses of 1 KiB and more for clients that take gzip or brotli. Default true. */
  readonly httpCompression?: boolean;
  /**
   * A client that leaves more than this unread is disconnected with 1013. A channel's `onSlow` is called at a quarter of it.
   * Default 1 MiB.
   */
  readonly maxBufferedBytes?: number;
  /** Larger HTTP request bodies are answered with 413. Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

/** What `defineApplication` answers. */
export interface Application extends SupervisorOptions {
  readonly children: readonly unknown[];
  readonly endpoint?: Endpoint;
}

/**
 * What a node that serves sockets consists of: its children in start order, and its endpoint. The module that exports it by
 * default is loaded once in every scheduler. Parts with a configuration of their own, classes that extend the kernel's
 * `Application`, are children like any other. OTP: `Application`'s `start/2`.
 */
export function defineApplication<T extends readonly AnyProcess[]>(
  application: SupervisorOptions & { readonly children: Children<T>; readonly endpoint?: Endpoint },
): Application {
  if (application.endpoint !== undefined) checkEndpoint(application.endpoint);
  for (const child of application.children as readonly unknown[]) {
    const Class = typeof child === 'function' ? child : (child as { start: unknown }).start;
    if (typeof Class === 'function' && makeBehaviour in Class) register(Class as unknown as Launchable);
  }
  return application;
}

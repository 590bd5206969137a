import type { Rate } from '@rekindle/channels';
import type { PolicyTable } from '@rekindle/pubsub/internal';
import type { TlsFiles } from './adapters/adapter.js';
import type { PublishSpec } from './publish/publish-options.js';
import type { WebhookSpec } from './webhooks/webhook-options.js';

/** A socket of the endpoint, as the gateway needs it: plain data, no classes. */
export interface SocketSpec {
  readonly path: string;
  readonly websocket: boolean;
  readonly longpoll: boolean;
  /** Path of server-sent events; null: there are none. */
  readonly sse: string | null;
  /** How long a poll waits for something to send. */
  readonly longpollWindowMs: number;
  readonly authToken: boolean;
  /** The connection is closed when the client says nothing for so long. */
  readonly timeoutMs: number;
  readonly maxFrameBytes: number;
  readonly compression: boolean;
  /** Names of `x-` headers that `connect` sees; null: all. */
  readonly xHeaders: readonly string[] | null;
}

/** A further serializer: the gateway encodes broadcasts with it, so it loads the module itself. */
export interface SerializerSpec {
  readonly vsn: string;
  readonly module: string;
}

/** How a node that stops sends its connections away. */
export interface DrainerSpec {
  readonly readinessMs: number;
  readonly batchSize: number;
  readonly batchIntervalMs: number;
  readonly deadlineMs: number;
}

/** A folder of files, and where they appear. */
export interface StaticFolder {
  /** Begins and ends with a slash. */
  readonly path: string;
  /** Absolute. */
  readonly folder: string;
  /** The header of its files; null: what the library says. */
  readonly cacheControl: string | null;
}

/** What the gateway has to know of the application's endpoint. */
export interface EndpointSpec {
  readonly sockets: readonly SocketSpec[];
  /** `function`: the scheduler asks the application's. */
  readonly checkOrigin: boolean | readonly string[] | 'function';
  readonly static: readonly StaticFolder[];
  /** The application answers HTTP requests that no file matches. */
  readonly http: boolean;
  /** What is kept of topics, by socket; empty if nothing is. */
  readonly topics: readonly PolicyTable[];
  readonly maxBufferedBytes: number;
  readonly maxBodyBytes: number;
  /** Connections per client address; null: any number. */
  readonly connects: Rate | null;
  readonly trustedProxies: readonly string[];
  readonly proxyProtocol: boolean;
  readonly serializers: readonly SerializerSpec[];
  /** Null: other services cannot publish. */
  readonly publish: PublishSpec | null;
  readonly webhooks: readonly WebhookSpec[];
  readonly drainer: DrainerSpec;
  /** Path that tells load balancers whether to send clients here. */
  readonly readiness: string | null;
  readonly tls: TlsFiles | null;
  /** Before the paths of sockets, files and readiness; empty or without a slash at its end. */
  readonly path: string;
  /** Compresses responses for clients that can take it. */
  readonly httpCompression: boolean;
}

import type { GatewayLink } from '@rekindle/channels/internal';
import {
  type Admission,
  type ChannelRuntime,
  ChannelSupervisor,
  ConnectionHost,
  installRuntime,
  PresenceSupervisor,
  RateLimit,
  type SocketEntry,
  SocketSupervisor,
} from '@rekindle/channels/internal';
import type { Serializers } from '@rekindle/channels/wire';
import { register, Supervisor, type SupervisorSpec, supervise } from '@rekindle/kernel';
import { Codec, type Kernel } from '@rekindle/kernel/internal';
import type { PubSub } from '@rekindle/pubsub';
import type { Application, Endpoint, FetchHandler, SocketOptions } from '../application.js';
import { DEFAULTS, pathPrefix } from '../application-spec.js';
import type { ForwardedRequest, ForwardedResponse } from '../gateway/scheduler-port.js';
import { answerWith } from '../http/fetch-handler.js';
import { type Limits, rateOf } from '../limits.js';

const DEFAULT_MAX_CHANNELS = 100;
/** A client is slow when this part of what may wait for it does. */
const SLOW_PART = 4;

/** What a thread that runs actors offers to the gateway: its connections and its HTTP handler. */
export class SchedulerServices {
  readonly host: ConnectionHost;
  readonly #http: FetchHandler | undefined;

  constructor(kernel: Kernel, application: Application, serializers: Serializers, link: GatewayLink, pubsub: PubSub) {
    const entries = new Map<string, SocketEntry>();
    const { endpoint = {} } = application;
    for (const [path, options] of Object.entries(endpoint.sockets ?? {})) {
      entries.set(`${pathPrefix(endpoint)}${path}`, socketEntry(endpoint, options, serializers));
    }
    const runtime: ChannelRuntime & { host: ConnectionHost } = { kernel, pubsub, link, codec: new Codec(kernel), host: undefined as never };
    this.host = new ConnectionHost(runtime, entries);
    runtime.host = this.host;
    installRuntime(runtime);
    this.#http = application.endpoint?.http;
  }

  answerRequest(request: ForwardedRequest): Promise<ForwardedResponse> {
    return answerWith(this.#http, request);
  }
}

function socketEntry(endpoint: Endpoint, options: SocketOptions, serializers: Serializers): SocketEntry {
  const limit = (which: keyof Limits): RateLimit | null => {
    const rate = rateOf(endpoint.limits, which, options.limits);
    return rate === null ? null : new RateLimit(rate);
  };
  const { checkOrigin } = endpoint;
  const admission: Admission = {
    checkOrigin: typeof checkOrigin === 'function' ? checkOrigin : null,
    errorHandler: options.errorHandler ?? null,
  };
  return {
    Class: options.handler,
    maxChannels: options.maxChannels ?? DEFAULT_MAX_CHANNELS,
    joins: limit('joins'),
    events: limit('events'),
    admission,
    serializers,
    slowBytes: (endpoint.maxBufferedBytes ?? DEFAULTS.maxBufferedBytes) / SLOW_PART,
  };
}

/** The supervisor of one thread's sockets and channels; the framework starts one on every scheduler. */
export class ConnectionSupervisor extends Supervisor {
  static readonly className = 'rekindle.ConnectionSupervisor';

  override init(): SupervisorSpec {
    return supervise({
      strategy: 'oneForAll',
      maxRestarts: 10,
      maxSeconds: 10,
      children: [PresenceSupervisor, ChannelSupervisor, SocketSupervisor],
    });
  }
}

register(ConnectionSupervisor);

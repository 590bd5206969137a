import type { GatewayLink } from '@rekindle/channels/internal';
import {
  type ChannelRuntime,
  ChannelSupervisor,
  ConnectionHost,
  installRuntime,
  PresenceSupervisor,
  type SocketEntry,
  SocketSupervisor,
} from '@rekindle/channels/internal';
import { register, Supervisor, type SupervisorSpec, supervise } from '@rekindle/kernel';
import { Codec, type Kernel } from '@rekindle/kernel/internal';
import type { PubSub } from '@rekindle/pubsub';
import type { Application, FetchHandler } from '../application.js';
import type { ForwardedRequest, ForwardedResponse } from '../gateway/scheduler-port.js';
import { answerWith } from '../http/fetch-handler.js';

const DEFAULT_MAX_CHANNELS = 100;

/** What a thread that runs actors offers to the gateway: its connections and its HTTP handler. */
export class SchedulerServices {
  readonly host: ConnectionHost;
  readonly #http: FetchHandler | undefined;

  constructor(kernel: Kernel, application: Application, link: GatewayLink, pubsub: PubSub) {
    const entries = new Map<string, SocketEntry>();
    for (const [path, options] of Object.entries(application.endpoint?.sockets ?? {})) {
      entries.set(path, { Class: options.handler, maxChannels: options.maxChannels ?? DEFAULT_MAX_CHANNELS });
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

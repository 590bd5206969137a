import { type Codec, type Kernel, kernel } from '@rekindle/kernel/internal';
import type { PubSub } from '@rekindle/pubsub';
import type { ConnectionHost } from './connection-host.js';
import type { GatewayLink } from './link.js';

/** What channels need of their thread. */
export interface ChannelRuntime {
  readonly kernel: Kernel;
  readonly pubsub: PubSub;
  readonly link: GatewayLink;
  readonly host: ConnectionHost;
  readonly codec: Codec;
}

const runtimes = new WeakMap<Kernel, ChannelRuntime>();

export function installRuntime(instance: ChannelRuntime): void {
  runtimes.set(instance.kernel, instance);
}

/** The thread's runtime; without channels on this thread there is none. */
export function runtime(of: Kernel = kernel()): ChannelRuntime {
  const instance = runtimes.get(of);
  if (instance === undefined) throw new TypeError('no channels run on this thread: start the application with an endpoint first');
  return instance;
}

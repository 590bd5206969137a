import { type Kernel, reports } from '@rekindle/kernel/internal';
import type { Hub } from '@rekindle/pubsub/internal';
import { checkOptions, type RedisOptions, shownUrl } from './options.js';
import { RedisAdapter } from './redis-adapter.js';

/** What a node gives to its connection with others. */
export interface NodeParts {
  readonly kernel: Kernel;
  readonly hub: Hub;
}

export interface RedisConnection {
  /** Whether Redis is connected, and what was counted. */
  stats(): { readonly connected: boolean } & RedisAdapter['counts'];
  leave(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 2000;

/**
 * Carries topics between nodes over Redis: `startApplication({ node: 'chat-1', connect: (parts) => connectRedis(parts, { url, name }) })`
 * with the one of `@rekindle/server`. Topics only: presence, processes of other nodes, groups and cluster names need
 * `@rekindle/cluster`. Resolves when Redis is connected, or when it cannot be reached: the node then serves on its own, and is heard
 * when Redis appears. Throws `bad_option` for options that cannot work.
 */
export async function connectRedis({ kernel, hub }: NodeParts, options: RedisOptions): Promise<RedisConnection> {
  checkOptions(options);
  let said = '';
  const report = (type: string, level: 'info' | 'error', text: string): void => {
    if (text === said) return;
    said = text;
    reports.reportCluster({ type, level, text: `redis: ${text}` });
  };
  const shown = shownUrl(options.url);
  const adapter = new RedisAdapter(kernel, options, {
    connected: () => {
      // What others have published meanwhile is lost.
      hub.gap();
      report('connected', 'info', `connected to ${shown}`);
    },
    disconnected: (error) =>
      report(
        'disconnected',
        'error',
        `no connection to ${shown}${error === undefined ? '' : ` (${error.message})`}: this node is alone until there is`,
      ),
    bad: (node) => report('bad_frames', 'error', `a message of node ${node} was not understood`),
    refused: (topic, bytes) =>
      report('refused', 'error', `a message of ${bytes} bytes on topic '${topic.slice(0, 80)}' is too large for other nodes`),
  });
  await Promise.race([
    hub.connect(adapter),
    new Promise((resolve) => setTimeout(resolve, options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS).unref()),
  ]);
  return {
    stats: () => ({ connected: adapter.connected, ...adapter.counts }),
    leave: () => adapter.stop(),
  };
}

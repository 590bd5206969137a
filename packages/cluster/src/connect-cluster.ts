import { Cluster, type NodeParts } from './cluster.js';
import { report } from './events.js';
import { type HistoryReports, JetStreamStore } from './history/jetstream-store.js';
import { type ClusterOptions, checkOptions, shownServers } from './options.js';
import { inboxOf } from './permissions.js';
import { Subjects } from './subjects.js';
import { NatsTransport } from './transport/nats-transport.js';

const CONNECT_TIMEOUT_MS = 2000;

/**
 * Joins a cluster: `startApplication({ node: 'chat-1', connect: (parts) => connectCluster(parts, { name: 'chat', servers }) })`.
 * Resolves when NATS is connected, or when it cannot be reached: the node then serves on its own and joins when NATS appears.
 * Throws `bad_option` for options that cannot work, and for a `history` of JetStream where the NATS server has none.
 */
export async function connectCluster(parts: NodeParts, options: ClusterOptions): Promise<Cluster> {
  const { node, incarnation } = parts.kernel.here;
  checkOptions(options, node);
  const transport = new NatsTransport(options, `${options.name}/${node}/${incarnation}`, inboxOf(node));
  const { history = 'memory' } = options;
  const store =
    history === 'memory'
      ? null
      : new JetStreamStore(
          transport,
          new Subjects(options.name),
          options.name,
          parts.kernel.here,
          history === 'jetstream' ? {} : history,
          historyReports,
        );
  const cluster = new Cluster(parts, options.name, transport, shownServers(options.servers), {
    interest: options.interest ?? 'topic',
    history: store,
  });
  await cluster.start(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  return cluster;
}

const historyReports: HistoryReports = {
  unusable: (error) => report({ type: 'error', error }),
  notKept: (topic, { code, message }) => report({ type: 'not_kept', topic, code, message }),
  bad: (node) => report({ type: 'bad_frames', node, count: 1 }),
};

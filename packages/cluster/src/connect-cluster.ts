import { Cluster, type NodeParts } from './cluster.js';
import { type ClusterOptions, checkOptions, shownServers } from './options.js';
import { inboxOf } from './permissions.js';
import { Subjects } from './subjects.js';
import { NatsTransport } from './transport/nats-transport.js';

const CONNECT_TIMEOUT_MS = 2000;

/**
 * Joins a cluster: `startApplication({ node: 'chat-1', connect: (parts) => connectCluster(parts, { name: 'chat', servers }) })`.
 * Resolves when NATS is connected, or when it cannot be reached: the node then serves on its own and joins when NATS appears.
 * Throws `bad_option` for options that cannot work.
 */
export async function connectCluster(parts: NodeParts, options: ClusterOptions): Promise<Cluster> {
  const { node, incarnation } = parts.kernel.here;
  checkOptions(options, node);
  const transport = new NatsTransport(options, new Subjects(options.name).connection(node, incarnation), inboxOf(node));
  const cluster = new Cluster(parts, options.name, transport, shownServers(options.servers), {
    interest: options.interest ?? 'topic',
  });
  await cluster.start(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  return cluster;
}

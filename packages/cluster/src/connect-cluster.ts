import { Cluster, type NodeParts } from './cluster.js';
import { type ClusterOptions, checkOptions } from './options.js';
import { NatsTransport } from './transport/nats-transport.js';

const CONNECT_TIMEOUT_MS = 2000;

/**
 * Joins a cluster: `startApplication({ node: 'chat-1', connect: (parts) => connectCluster(parts, { servers, cluster: 'chat' }) })`.
 * Resolves when NATS is connected, or when it cannot be reached: the node then serves on its own and joins when NATS appears.
 * Throws `bad_option` for options that cannot work.
 */
export async function connectCluster(parts: NodeParts, options: ClusterOptions): Promise<Cluster> {
  const { node, incarnation } = parts.kernel.here;
  checkOptions(options, node);
  const transport = new NatsTransport(options, `${options.cluster}/${node}/${incarnation}`, `_INBOX_${node}`);
  const servers = typeof options.servers === 'string' ? options.servers : options.servers.join(', ');
  const cluster = new Cluster(parts, options.cluster, transport, servers);
  await cluster.start(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  return cluster;
}

import { Cluster, type NodeParts, type RegistryParts } from './cluster.js';
import { report } from './events.js';
import { type HistoryReports, JetStreamStore } from './history/jetstream-store.js';
import { type ClusterOptions, checkOptions, shownServers } from './options.js';
import { bucketOf, inboxOf } from './permissions.js';
import { DEFAULT_LEASE_MS, leaseTiming } from './registry/lease-timing.js';
import { NatsStore } from './registry/nats-store.js';
import { Subjects } from './subjects.js';
import { NatsTransport } from './transport/nats-transport.js';

const CONNECT_TIMEOUT_MS = 2000;

/**
 * Joins a cluster: `startApplication({ node: 'chat-1', connect: (parts) => connectCluster(parts, { name: 'chat', servers }) })`.
 * Resolves when NATS is connected, or when it cannot be reached: the node then serves on its own and joins when NATS appears.
 * Throws `bad_option` for options that cannot work, and for `registry: 'kv'` or a `history` of JetStream where the NATS server has none.
 */
export async function connectCluster(parts: NodeParts, options: ClusterOptions): Promise<Cluster> {
  const { node, incarnation } = parts.kernel.here;
  checkOptions(options, node);
  const subjects = new Subjects(options.name);
  const transport = new NatsTransport(options, subjects.connection(node, incarnation), inboxOf(node));
  const cluster = new Cluster(parts, options.name, transport, shownServers(options.servers), {
    interest: options.interest ?? 'topic',
    registry: options.registry === 'kv' ? registryOf(options, transport) : undefined,
    history: historyOf(options, parts, transport, subjects),
  });
  await cluster.start(options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  return cluster;
}

function registryOf({ name, kv = {} }: ClusterOptions, transport: NatsTransport): RegistryParts {
  const { leaseMs = DEFAULT_LEASE_MS, onLeaseLoss = 'exit', replicas } = kv;
  const store = new NatsStore(() => transport.connection, bucketOf(name), replicas, leaseTiming(leaseMs).requestMs);
  return { store, leaseMs, onLeaseLoss };
}

function historyOf(
  { name, history = 'memory' }: ClusterOptions,
  { kernel }: NodeParts,
  transport: NatsTransport,
  subjects: Subjects,
): JetStreamStore | null {
  if (history === 'memory') return null;
  return new JetStreamStore(transport, subjects, name, kernel.here, history === 'jetstream' ? {} : history, historyReports);
}

const historyReports: HistoryReports = {
  unusable: (error) => report({ type: 'error', error }),
  notKept: (topic, { code, message }) => report({ type: 'not_kept', topic, code, message }),
  bad: (node) => report({ type: 'bad_frames', node, count: 1 }),
};

import { type Cluster, type NodeDown, type NodeUp, nodes, startApplication } from 'rekindle';

const module = 'application.js';

// Alone, and as a node of a cluster.
await startApplication({ module });
const { cluster, port } = await startApplication({ module, node: 'n1', cluster: { name: 'chat', servers: ['nats://127.0.0.1:4222'] } });
const one: Cluster | null = cluster;
const badFrames: number | undefined = one?.stats().badFrames;
const names: string[] = nodes();

// What a process that has called monitorNodes() is sent.
function heard(message: NodeUp | NodeDown): string {
  return message.type === 'nodedown' ? `${message.node}: ${message.reason}` : `${message.node}, run ${message.incarnation}`;
}

// @ts-expect-error servers are needed
await startApplication({ module, node: 'n1', cluster: { name: 'chat' } });
// @ts-expect-error 'server' is not an option
await startApplication({ module, node: 'n1', cluster: { name: 'chat', server: 'nats://127.0.0.1:4222' } });
// @ts-expect-error the cluster is an option of its own
await startApplication({ module, connect: async () => ({ leave: async () => {} }) });

export { badFrames, heard, names, port };

import { type Cluster, type ClusterOptions, connectCluster } from '@rekindle/cluster';
import { checkOptions } from '@rekindle/cluster/internal';
import { type StartOptions as NodeOptions, type RunningApplication as RunningNode, startApplication as startNode } from '@rekindle/server';

export interface StartOptions extends Omit<NodeOptions, 'connect'> {
  /** This node's name, `[A-Za-z0-9_-]{1,64}`: stable over restarts, unique in its cluster. Default, and only alone: `'local'`. */
  readonly node?: string;
  /** Joins the other nodes of a cluster, over NATS; `node` must be given too. Without it this node is alone. */
  readonly cluster?: ClusterOptions;
}

export interface RunningApplication extends RunningNode {
  /** This node's place in its cluster; null if it is alone. */
  readonly cluster: Cluster | null;
}

/**
 * Starts an application: threads, connection to other nodes, supervision tree, and only then the listening socket. A cluster
 * whose NATS servers cannot be reached does not keep it from starting: the node serves its clients and joins when they appear.
 * Rejects with `bad_option`, `node_too_old`, `port_in_use`, or what the application's module or a child's `init` threw; nothing
 * runs then. `stop` leaves the cluster after the tree has ended.
 */
export async function startApplication({ cluster: options, ...rest }: StartOptions): Promise<RunningApplication> {
  if (options === undefined) return withCluster(await startNode(rest), null);
  // Before anything runs that would have to be stopped again.
  checkOptions(options, rest.node ?? 'local');
  let cluster: Cluster | null = null;
  const running = await startNode({
    ...rest,
    connect: async (parts) => {
      cluster = await connectCluster(parts, options);
      return cluster;
    },
  });
  return withCluster(running, cluster);
}

/** The counters are asked for at each look, not once. */
function withCluster(node: Awaited<ReturnType<typeof startNode>>, cluster: Cluster | null): RunningApplication {
  return {
    ...node,
    get counters() {
      return node.counters;
    },
    cluster,
  };
}

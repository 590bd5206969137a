import { type Cluster, type ClusterOptions, connectCluster } from '@rekindle/cluster';
import { checkOptions } from '@rekindle/cluster/internal';
import { type StartOptions as NodeOptions, type RunningApplication as RunningNode, startApplication as startNode } from '@rekindle/server';

/** What `startApplication` takes. */
export interface StartOptions extends Omit<NodeOptions, 'connect'> {
  /** This node's name, `[A-Za-z0-9_-]{1,64}`: stable over restarts, unique in its cluster. Default, and only alone: `'local'`. */
  readonly node?: string;
  /** Joins the other nodes of a cluster, over NATS; `node` must be given too. Without it this node is alone. */
  readonly cluster?: ClusterOptions;
  /**
   * A folder for a socket through which `rekindle tree`, `remote` and `cluster status`, run beside it, look into this process;
   * for the user who runs it alone. Default: none.
   */
  readonly control?: string;
}

/** A node that runs. */
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
export async function startApplication({ control, ...options }: StartOptions): Promise<RunningApplication> {
  const running = await startWithCluster(options);
  if (control === undefined) return running;
  const { port, schedulers, cluster, stop } = running;
  const node = { node: options.node ?? 'local', port, schedulers, cluster: () => cluster?.stats() ?? null };
  // Not loaded with every application's module.
  const { openControl } = await import('@rekindle/cli');
  const close = await openControl(control, node).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return extended(running, {
    stop: () => {
      close();
      return stop();
    },
  });
}

async function startWithCluster({ cluster: options, ...rest }: StartOptions): Promise<RunningApplication> {
  if (options === undefined) return extended(await startNode(rest), { cluster: null });
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
  return extended(running, { cluster });
}

/** The counters are asked for at each look, not once. */
function extended<N extends object, M extends object>(node: N & { readonly counters: RunningNode['counters'] }, more: M): N & M {
  return {
    ...node,
    get counters() {
      return node.counters;
    },
    ...more,
  };
}

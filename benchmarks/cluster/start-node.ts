import { connectCluster } from '@rekindle/cluster';
import { PubSub } from '@rekindle/pubsub';
import { LocalUplink } from '@rekindle/pubsub/internal';
import { startApplication } from '@rekindle/server';

/** This process becomes a node without scheduler threads; answers its topics. */
export async function startNode(node: string, servers: string): Promise<PubSub> {
  let pubsub: PubSub | undefined;
  await startApplication({
    module: new URL('application.js', import.meta.url),
    node,
    host: '127.0.0.1',
    port: 0,
    schedulers: 0,
    adapter: 'node',
    connect: (parts) => {
      pubsub = new PubSub(parts.kernel);
      pubsub.uplink = new LocalUplink(parts.hub, pubsub);
      return connectCluster(parts, { name: 'bench', servers });
    },
  });
  return pubsub as PubSub;
}

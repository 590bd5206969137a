import { type NatsServer, startNats } from './nats.js';
import { freePort } from './port.js';
import { TcpProxy } from './tcp-proxy.js';
import { type TempFolder, tempFolder } from './temp-folder.js';

export interface NatsClusterOptions {
  /** With JetStream on disk, each server in a folder of its own. */
  readonly jetstream?: boolean;
}

/** Three real nats-servers that are one. */
export class NatsCluster {
  readonly servers: readonly [NatsServer, NatsServer, NatsServer];
  /** Every way between the third server and the others. */
  readonly #ways: readonly TcpProxy[];
  readonly #folders: readonly TempFolder[];

  private constructor(servers: readonly [NatsServer, NatsServer, NatsServer], ways: readonly TcpProxy[], folders: readonly TempFolder[]) {
    this.servers = servers;
    this.#ways = ways;
    this.#folders = folders;
  }

  static async start({ jetstream = false }: NatsClusterOptions = {}): Promise<NatsCluster> {
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    // Servers tell each other the address to be dialled at: this one, so that no way goes past the proxies.
    const [toFirst, toSecond, toThird] = await Promise.all(ports.map((port) => TcpProxy.start(port)));
    const ways = [toFirst, toSecond, toThird] as [TcpProxy, TcpProxy, TcpProxy];
    const folders = jetstream ? ports.map(() => tempFolder('jetstream')) : [];
    const server = (i: 0 | 1 | 2, routes: readonly number[]): Promise<NatsServer> =>
      startNats({
        ...(jetstream ? { jetstreamDir: folders[i]?.path as string } : {}),
        config: `server_name: server-${i + 1}
cluster {
  name: test, listen: "127.0.0.1:${ports[i]}", cluster_advertise: "127.0.0.1:${ways[i].port}"
  no_advertise: true, pool_size: -1, connect_retries: 1000
  routes: [${routes.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ')}]
}`,
      });
    // The only way around the proxies is between the first and the second. With JetStream each server has to be told of some other one.
    const first = await server(0, jetstream ? [ports[1]] : []);
    const second = await server(1, [ports[0]]);
    const third = await server(2, [ways[0].port, ways[1].port]);
    const cluster = new NatsCluster([first, second, third], ways, folders);
    await cluster.whole();
    return cluster;
  }

  /** Resolves when the third server has met both others. */
  async whole(from = 0): Promise<void> {
    await this.servers[2].logs(/Route connection created[\s\S]*Route connection created/, from);
  }

  /** The third server is cut off from the others; or it talks into a black hole, and so do they. */
  split(how: 'cut' | 'hold'): void {
    for (const way of this.#ways) way[how]();
  }

  heal(): void {
    for (const way of this.#ways) way.heal();
  }

  async close(): Promise<void> {
    this.heal();
    for (const server of this.servers) await server.close();
    for (const way of this.#ways) await way.close();
    for (const folder of this.#folders) folder.remove();
  }
}

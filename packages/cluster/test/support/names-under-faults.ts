import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Child, type NatsServer, startNode, TcpProxy } from '@rekindle/e2e';
import { vi } from 'vitest';
import { FencedResource, type NameEvent } from './name-history.js';

const script = fileURLToPath(new URL('../fixtures/names-node.mjs', import.meta.url));
export const NODES = ['a', 'b', 'c'] as const;
export const NAMES = ['x', 'y'] as const;
const SOON = { timeout: 40_000, interval: 20 };

export interface NamesOptions {
  /** `registry` by default. */
  readonly cluster?: string;
  /** 3000 by default. */
  readonly leaseMs?: number;
  /** The first node has all names before the others start. */
  readonly firstAlone?: boolean;
}

/** Three processes that all want the same names, each with proxies of its own before NATS, and a resource that all of them reach. */
export class NamesUnderFaults {
  readonly history: NameEvent[] = [];
  readonly #registry: 'gossip' | 'kv';
  readonly #cluster: string;
  readonly #leaseMs: number;
  readonly #resource = new FencedResource();
  readonly #server: Server;
  readonly #nodes = new Map<string, { child: Child; readonly proxies: readonly TcpProxy[] }>();

  private constructor(registry: 'gossip' | 'kv', { cluster = registry, leaseMs = 3000 }: NamesOptions) {
    this.#registry = registry;
    this.#cluster = cluster;
    this.#leaseMs = leaseMs;
    this.#server = createServer(async (request, response) => {
      const event = await bodyOf(request);
      const accepted = event.type !== 'act' || this.#resource.accepts(event);
      this.history.push(event.type === 'act' ? { ...event, accepted } : event);
      response.writeHead(accepted ? 200 : 409).end();
    });
  }

  /** `servers` says which NATS servers each node is given. */
  static async start(
    servers: (node: (typeof NODES)[number]) => readonly NatsServer[],
    registry: 'gossip' | 'kv',
    options: NamesOptions = {},
  ): Promise<NamesUnderFaults> {
    const names = new NamesUnderFaults(registry, options);
    await once(names.#server.listen(0, '127.0.0.1'), 'listening');
    for (const node of NODES) {
      const proxies = await Promise.all(servers(node).map(({ port }) => TcpProxy.start(port)));
      names.#nodes.set(node, { proxies, child: await names.#startNode(node, proxies) });
      if (options.firstAlone === true && node === NODES[0]) await names.isOwned();
    }
    return names;
  }

  #startNode(node: string, proxies: readonly TcpProxy[]): Promise<Child> {
    const { port } = this.#server.address() as AddressInfo;
    const env = {
      NODE: node,
      NATS: proxies.map((proxy) => `nats://127.0.0.1:${proxy.port}`).join(','),
      CLUSTER: this.#cluster,
      REGISTRY: this.#registry,
      LEASE_MS: String(this.#leaseMs),
      RESOURCE: `http://127.0.0.1:${port}/`,
      NAMES: NAMES.join(','),
      NODE_ENV: 'production',
    };
    return startNode(script, [], { env, ready: /^READY$/m });
  }

  // ---------------------------------------------------------------- faults

  hold(node: string): void {
    for (const proxy of this.#of(node).proxies) proxy.hold();
  }

  cut(node: string): void {
    for (const proxy of this.#of(node).proxies) proxy.cut();
  }

  freeze(node: string): void {
    this.#of(node).child.signal('SIGSTOP');
  }

  heal(node: string): void {
    const { proxies, child } = this.#of(node);
    for (const proxy of proxies) proxy.heal();
    child.signal('SIGCONT');
  }

  /** SIGKILL, and another run of it. */
  async kill(node: string): Promise<void> {
    const of = this.#of(node);
    of.child.signal('SIGKILL');
    await of.child.exited;
    of.child = await this.#startNode(node, of.proxies);
  }

  #of(node: string): { child: Child; readonly proxies: readonly TcpProxy[] } {
    return this.#nodes.get(node) as { child: Child; readonly proxies: readonly TcpProxy[] };
  }

  // ---------------------------------------------------------------- what happens

  /** Resolves when all nodes know each other: each has a name, or knows who has. */
  async haveMet(): Promise<void> {
    await this.isOwned();
    for (const name of NAMES) {
      const owner = this.ownerOf(name);
      for (const [node, { child }] of this.#nodes) if (node !== owner) await child.waitFor(new RegExp(`^WAITS ${name}$`, 'm'));
    }
  }

  /** The node whose act on the name was accepted last. */
  ownerOf(name: string): string | undefined {
    return this.history.findLast((event) => event.type === 'act' && event.accepted && event.name === name)?.node;
  }

  /** Resolves when an act that is from now on has been accepted, for each name, of a node that is not one of these. */
  async isOwned(names: readonly string[] = NAMES, besides: readonly string[] = []): Promise<void> {
    const from = this.history.length;
    const owned = (name: string): boolean =>
      this.history
        .slice(from)
        .some((event) => event.type === 'act' && event.accepted && event.name === name && !besides.includes(event.node));
    try {
      await vi.waitUntil(() => names.every(owned), SOON);
    } catch (error) {
      const output = Array.from(this.#nodes, ([node, { child }]) => `--- ${node}\n${child.output.slice(-1500)}`);
      throw new Error(`no owner of ${names} besides ${besides}: ${JSON.stringify(this.history.slice(-5))}\n${output.join('\n')}`, {
        cause: error,
      });
    }
  }

  async stop(): Promise<void> {
    for (const node of NODES) if (this.#nodes.has(node)) this.heal(node);
    await Promise.all(Array.from(this.#nodes.values(), ({ child }) => child.kill(0)));
    await Promise.all(Array.from(this.#nodes.values(), ({ proxies }) => proxies.map((proxy) => proxy.close())).flat());
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function bodyOf(request: IncomingMessage): Promise<NameEvent> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return JSON.parse(text) as NameEvent;
}

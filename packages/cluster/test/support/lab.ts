import { type NatsServer, startNats, TcpProxy } from '@rekindle/e2e';
import { TestNode } from './node.js';

export interface LabOptions {
  /** Of each node, by name. */
  readonly schedulers: { readonly [node: string]: number };
  /** Nodes tell each other numbers and record what they hear. */
  readonly recordMs?: number;
  readonly natsConfig?: string;
  /** Nodes are connected without a proxy, which would hold what a node does not read. */
  readonly direct?: boolean;
}

/** A NATS server and some nodes, each behind a proxy of its own. */
export class Lab {
  readonly nats: NatsServer;
  readonly proxies = new Map<string, TcpProxy>();
  /** Those that run. */
  readonly nodes = new Map<string, TestNode>();
  /** All that ever ran. */
  readonly runs: TestNode[] = [];
  readonly #options: LabOptions;
  readonly #buried: TcpProxy[] = [];

  private constructor(nats: NatsServer, options: LabOptions) {
    this.nats = nats;
    this.#options = options;
  }

  static async start(options: LabOptions): Promise<Lab> {
    const { natsConfig } = options;
    const lab = new Lab(await startNats(natsConfig === undefined ? {} : { config: natsConfig }), options);
    if (options.direct !== true) for (const name of lab.names) lab.proxies.set(name, await TcpProxy.start(lab.nats.port));
    await Promise.all(lab.names.map((name) => lab.startNode(name)));
    await lab.meet();
    return lab;
  }

  get names(): string[] {
    return Object.keys(this.#options.schedulers);
  }

  node(name: string): TestNode {
    return this.nodes.get(name) as TestNode;
  }

  proxy(name: string): TcpProxy {
    return this.proxies.get(name) as TcpProxy;
  }

  others(name: string): TestNode[] {
    return [...this.nodes.values()].filter((node) => node.name !== name);
  }

  /** The way of that node swallows everything from now on, also its end; the next run of the node has another way. */
  async bury(name: string): Promise<void> {
    const proxy = this.proxy(name);
    proxy.hold();
    this.#buried.push(proxy);
    this.proxies.set(name, await TcpProxy.start(this.nats.port));
  }

  async startNode(name: string): Promise<TestNode> {
    const { schedulers, recordMs } = this.#options;
    const env = recordMs === undefined ? {} : { RECORD_MS: String(recordMs), PEERS: this.names.join(',') };
    const { port } = this.proxies.get(name) ?? this.nats;
    const node = await TestNode.start(name, `nats://127.0.0.1:${port}`, schedulers[name], 0, env);
    this.nodes.set(name, node);
    this.runs.push(node);
    return node;
  }

  /** SIGKILL. */
  async kill(name: string): Promise<void> {
    const { child } = this.node(name);
    this.nodes.delete(name);
    child.signal('SIGKILL');
    await child.exited;
  }

  /** All that run see each other. */
  async meet(): Promise<void> {
    for (const node of this.nodes.values()) await node.seesNodes(...this.others(node.name).map(({ name }) => name));
  }

  async close(): Promise<void> {
    for (const { child } of this.nodes.values()) child.signal('SIGCONT');
    await Promise.all(Array.from(this.nodes.values(), ({ child }) => child.kill()));
    await this.nats.close();
    for (const proxy of [...this.proxies.values(), ...this.#buried]) await proxy.close();
  }
}

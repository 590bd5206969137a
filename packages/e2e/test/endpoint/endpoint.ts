import { type Child, root, startNode } from '@rekindle/e2e';

const main = `${root}/apps/lab/dist/endpoint/main.js`;

export type Counters = { readonly [name: string]: number };

/** Both adapters, with actors on the gateway's thread and on their own. */
export const servers = [
  { adapter: 'uws', schedulers: 0 },
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
  { adapter: 'node', schedulers: 1 },
] as const;

/** A running server of the lab's second application. */
export class TestEndpoint {
  readonly child: Child;
  readonly port: number;

  private constructor(child: Child) {
    this.child = child;
    this.port = Number(/^listening on (\d+)/m.exec(child.output)?.[1]);
  }

  static async start(options: object, settings: object = {}, program = main): Promise<TestEndpoint> {
    const env = { OPTIONS: JSON.stringify(options), SETTINGS: JSON.stringify(settings) };
    return new TestEndpoint(await startNode(program, [], { env, ready: /^listening on \d+/m }));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async counters(): Promise<Counters> {
    const from = this.child.output.length;
    this.child.signal('SIGUSR2');
    const [, text = ''] = await this.child.waitFor(/^counters (.*)$/m, { from });
    return JSON.parse(text) as Counters;
  }

  /** Ends it; throws unless it ends by itself and in order. */
  async stop(): Promise<void> {
    const { code, signal } = await this.child.kill(20_000);
    if (code !== 0) throw new Error(`the server ended with ${signal ?? code}:\n${this.child.output.slice(-2000)}`);
  }
}

import { fileURLToPath } from 'node:url';
import { type Child, startNode, TcpProxy } from '@rekindle/e2e';
import { Impossible } from './impossible.js';
import type { NodeReport } from './node-report.js';

const MAIN = fileURLToPath(new URL('node-main.js', import.meta.url));
/** Time to see how the others do without it. */
const RESTART_MS = 6000;
const ANSWER_MS = 1000;

export const ACTIONS = ['kill', 'freeze', 'cut', 'heal'] as const;
export type Action = (typeof ACTIONS)[number];

/** Where NATS is, as the nodes see it: each through a proxy of its own, which can cut it off. */
export interface NatsPlace {
  readonly url: URL;
  readonly cluster: string;
}

/** One process of the demo, which is started again when it is killed. */
export class DemoNode {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly #nats: NatsPlace;
  #proxy: TcpProxy | undefined;
  #child: Child | undefined;
  #stopped = false;
  #frozen = false;
  #cut = false;
  #restart: NodeJS.Timeout | undefined;

  constructor(name: string, port: number, nats: NatsPlace) {
    this.name = name;
    this.port = port;
    this.url = `http://localhost:${port}`;
    this.#nats = nats;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** What has been done to it. */
  get condition(): 'running' | 'dead' | 'frozen' | 'cut off' | 'frozen and cut off' {
    if (this.#child?.running !== true) return 'dead';
    if (this.#frozen) return this.#cut ? 'frozen and cut off' : 'frozen';
    return this.#cut ? 'cut off' : 'running';
  }

  /** Rejects with what the chat itself says when it cannot start. */
  async start(): Promise<void> {
    const { url, cluster } = this.#nats;
    this.#proxy ??= await TcpProxy.start(Number(url.port || 4222), url.hostname);
    const near = new URL(url);
    near.host = `127.0.0.1:${this.#proxy.port}`;
    const env = { SCHEDULERS: '1', ...process.env, NODE_NAME: this.name, PORT: String(this.port), NATS_URL: near.href, CLUSTER: cluster };
    const child = await startNode(MAIN, [], { env, onOutput: (text) => this.#log(text) });
    this.#child = child;
    if (this.#stopped) await child.kill();
    try {
      await child.waitFor(/^Chat is ready$/m);
    } catch (error) {
      await child.kill();
      throw new Impossible(child.output.trim().split('\n').at(-1) || (error as Error).message);
    }
    void child.exited.then(({ code, signal }) => this.#ended(signal ?? `code ${code}`));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    this.#child?.signal('SIGCONT');
    this.#proxy?.heal();
    await this.#child?.kill();
    await this.#proxy?.close();
  }

  act(action: Action): void {
    switch (action) {
      case 'kill':
        this.#child?.signal('SIGKILL');
        break;
      case 'freeze':
        this.#frozen = true;
        this.#child?.signal('SIGSTOP');
        break;
      case 'cut':
        this.#cut = true;
        this.#proxy?.cut();
        break;
      case 'heal':
        this.#frozen = false;
        this.#cut = false;
        this.#child?.signal('SIGCONT');
        this.#proxy?.heal();
        break;
    }
  }

  /** What it says of itself; undefined when it does not answer. Not over NATS: the board sees nodes that are cut off. */
  async report(): Promise<NodeReport | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/demo/report`, { signal: AbortSignal.timeout(ANSWER_MS) });
      return response.ok ? ((await response.json()) as NodeReport) : undefined;
    } catch {
      return undefined;
    }
  }

  #ended(how: string): void {
    if (this.#stopped) return;
    this.#frozen = false;
    console.log(`${this.name} has ended (${how}); it is started again in ${RESTART_MS / 1000} seconds.`);
    this.#restart = setTimeout(() => {
      this.start().then(
        () => console.log(`${this.name} is back: ${this.url}, process ${this.pid}`),
        (error: Error) => console.error(`${this.name} could not be started again: ${error.message}`),
      );
    }, RESTART_MS);
  }

  /** What it logs, under its name. What it greets with is said elsewhere. */
  #log(text: string): void {
    for (const line of text.split('\n')) if (line.includes('] ')) console.log(`${this.name}: ${line}`);
  }
}

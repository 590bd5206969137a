import { type Child, root, startNode } from '@rekindle/e2e';
import { Impossible } from './impossible.js';

const MAIN = `${root}/apps/chat/dist/main.js`;
/** Time to see how the others do without it. */
const RESTART_MS = 6000;

/** One process of the chat, which is started again when it is killed. */
export class ChatNode {
  readonly name: string;
  readonly url: string;
  readonly #env: NodeJS.ProcessEnv;
  #child: Child | undefined;
  #stopped = false;
  #restart: NodeJS.Timeout | undefined;

  constructor(name: string, port: number, env: NodeJS.ProcessEnv) {
    this.name = name;
    this.url = `http://localhost:${port}`;
    this.#env = { ...env, NODE_NAME: name, PORT: String(port) };
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Rejects with what the chat itself says when it cannot start. */
  async start(): Promise<void> {
    const child = await startNode(MAIN, [], { env: this.#env, onOutput: (text) => this.#log(text) });
    this.#child = child;
    if (this.#stopped) await child.kill();
    try {
      await child.waitFor(/^Chat: http/m);
    } catch (error) {
      await child.kill();
      throw new Impossible(child.output.trim().split('\n').at(-1) || (error as Error).message);
    }
    void child.exited.then(({ code, signal }) => this.#ended(signal ?? `code ${code}`));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    await this.#child?.kill();
  }

  #ended(how: string): void {
    if (this.#stopped) return;
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

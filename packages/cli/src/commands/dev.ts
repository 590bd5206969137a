import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Command, integer, type Surroundings } from '../command.js';
import { AppProcess } from '../dev/app-process.js';
import { Compiler, compilerOf, type Pass } from '../dev/compiler.js';
import { natsFor } from '../dev/nats.js';
import type { Problem } from '../dev/problems.js';
import { DevProxy } from '../dev/proxy.js';
import { UserError } from '../user-error.js';

const DEFAULT_PORT = 4000;
const MAX_PORT = 65_535;
const MAX_NODES = 8;

export const dev: Command = {
  usage: 'dev [--main FILE] [--port N] [--nodes N]',
  summary: 'compiles and runs the app, again with each change; errors are shown in the page, too',
  options: { main: { type: 'string' }, port: { type: 'string' }, nodes: { type: 'string' } },
  words: [0, 0],
  async run(given, around) {
    const { values } = given;
    const { cwd, environment } = around;
    const main = (values.main as string | undefined) ?? 'dist/main.js';
    const port = integer(given, around, 'port', 'PORT', MAX_PORT) ?? DEFAULT_PORT;
    const nodes = integer(given, around, 'nodes', undefined, MAX_NODES) ?? 1;
    if (nodes === 0) throw new UserError(2, `--nodes: expected a whole number from 1 to ${MAX_NODES}, got '0'.`);
    if (port + nodes - 1 > MAX_PORT)
      throw new UserError(2, `--port: expected ${nodes} ports from ${port} on, one for each node, the last one is ${MAX_PORT}.`);
    if (!existsSync(join(cwd, 'tsconfig.json'))) throw new UserError(1, `Expected an app in ${cwd}, there is no tsconfig.json.`);
    const tsc = compilerOf(cwd);
    const nats = nodes > 1 ? await natsFor(environment) : null;
    const loop = new DevLoop(around, main, nodes, nats?.url);
    try {
      await loop.listen(port, environment.HOST ?? '127.0.0.1');
    } catch (error) {
      nats?.server?.kill();
      await loop.stop();
      throw error;
    }
    // After the port: a port in use is told without compiling first.
    const compiler = new Compiler(cwd, tsc, (pass) => loop.compiled(pass));
    return new Promise<number>((resolve) => {
      const stop = (): void => {
        compiler.close();
        nats?.server?.kill();
        void loop.stop().then(() => resolve(0));
      };
      process.once('SIGINT', stop).once('SIGTERM', stop);
    });
  },
};

/** One node of it, and the proxy before it. */
interface DevNode {
  readonly app: AppProcess;
  readonly proxy: DevProxy;
}

/** What happens after each pass of the compiler. */
class DevLoop {
  readonly #around: Surroundings;
  readonly #nodes: DevNode[];
  #types: readonly Problem[] = [];
  #crashes: Problem[] = [];
  #reloads = 0;
  #restarting: Promise<void> = Promise.resolve();

  constructor(around: Surroundings, main: string, nodes: number, natsUrl: string | undefined) {
    this.#around = around;
    this.#nodes = Array.from({ length: nodes }, (_, i) => {
      const cluster = natsUrl === undefined ? {} : { NATS_URL: natsUrl, NODE_NAME: `dev-${i + 1}` };
      const app = new AppProcess({
        main: join(around.cwd, main),
        cwd: around.cwd,
        env: { ...around.environment, ...cluster },
        crashed: (problem) => this.#crashed(problem),
      });
      return { app, proxy: new DevProxy(() => app.port) };
    });
  }

  async listen(port: number, host: string): Promise<void> {
    for (const [i, { proxy }] of this.#nodes.entries()) {
      try {
        const at = await proxy.listen(port === 0 ? 0 : port + i, host);
        this.#around.print(`Developing at http://${host === '127.0.0.1' ? 'localhost' : host}:${at}`);
      } catch (error) {
        throw listenProblem(error as NodeJS.ErrnoException, port + i, host);
      }
    }
  }

  /** Shows what is wrong, and leaves running what runs; without errors the app is started again. */
  compiled({ problems, output }: Pass): void {
    this.#types = problems;
    this.#show();
    if (problems.length > 0) {
      this.#around.print(`${output.trimEnd()}\nThe app stays as it was, until this compiles.`);
      return;
    }
    this.#restarting = this.#restarting.then(() => this.#restart());
  }

  async #restart(): Promise<void> {
    this.#crashes = [];
    const started = performance.now();
    const up = await Promise.all(this.#nodes.map(({ app }) => app.restart()));
    if (up.every((listens) => listens)) {
      this.#reloads++;
      this.#around.print(`Running (${Math.round(performance.now() - started)} ms)`);
    }
    this.#show();
  }

  #crashed(problem: Problem): void {
    const file = problem.file === undefined ? undefined : relative(this.#around.cwd, problem.file);
    this.#crashes = [...this.#crashes, { ...problem, file }].slice(-5);
    this.#show();
  }

  #show(): void {
    const state = { problems: [...this.#types, ...this.#crashes], reloads: this.#reloads };
    for (const { proxy } of this.#nodes) proxy.show(state);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#nodes.map(async ({ app, proxy }) => {
        proxy.close();
        await app.stop();
      }),
    );
  }
}

/** What cannot be listened to, in a sentence. */
function listenProblem(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE') return new UserError(1, `Port ${port} is in use: choose another one with --port.`);
  if (error.code === 'EACCES') return new UserError(1, `Port ${port} is not permitted to you: choose one above 1023 with --port.`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new UserError(1, `HOST: expected an address of this machine, got '${host}'.`);
  return error;
}

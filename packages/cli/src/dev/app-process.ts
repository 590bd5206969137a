import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { isLibrary } from './library.js';
import { crashesOf, type Problem } from './problems.js';

/** How long the old process may take to say goodbye. */
const GOODBYE_MS = 500;
const LOOK_EVERY_MS = 10;
/** A report is complete when nothing more comes for so long. */
const REPORT_PAUSE_MS = 30;

export interface AppOptions {
  readonly main: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Something has crashed. */
  readonly crashed: (problem: Problem) => void;
}

/** The app as a process of its own, which can be started again. */
export class AppProcess {
  readonly #options: AppOptions;
  #child: ChildProcess | null = null;
  #port: Promise<number> = new Promise(() => {});
  #stopped = false;

  constructor(options: AppOptions) {
    this.#options = options;
  }

  /** Where it listens, as soon as it does. */
  get port(): Promise<number> {
    return this.#port;
  }

  /** Ends the process that runs and starts another one; resolves when that listens. False: it has ended before. */
  async restart(): Promise<boolean> {
    let ready: (port: number) => void = () => {};
    // From now on requests wait for the new process.
    this.#port = new Promise((resolve) => {
      ready = resolve;
    });
    const [port] = await Promise.all([freePort(), this.#end()]);
    if (this.#stopped) return false;
    const { main, cwd, env } = this.#options;
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      cwd,
      env: { ...env, PORT: String(port), HOST: '127.0.0.1' },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#child = child;
    this.#listen(child);
    const listens = await waitForPort(port, () => child.exitCode === null && child.signalCode === null);
    if (listens) ready(port);
    return listens;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end();
  }

  #listen(child: ChildProcess): void {
    let report = '';
    let timer: NodeJS.Timeout | undefined;
    const flush = (): void => {
      const problems = crashesOf(report, (file) => isLibrary(file, this.#options.cwd));
      report = '';
      for (const problem of problems) this.#options.crashed(problem);
    };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text);
      report += text;
      clearTimeout(timer);
      timer = setTimeout(flush, REPORT_PAUSE_MS);
    });
  }

  #end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function waitForPort(port: number, running: () => boolean): Promise<boolean> {
  while (running()) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return false;
}

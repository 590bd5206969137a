import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { Refusal } from '../question.js';
import { COLLECT_ON_SIGNAL, type Server } from './servers.js';

const START_MS = 15_000;
const STOP_MS = 5_000;

/** A server in a fresh process on a free port of the loopback interface. */
export class RunningServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #onExit = (): void => void this.#child.kill('SIGKILL');

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    process.once('exit', this.#onExit);
  }

  /** Resolves when the server prints `listening`. */
  static async start(server: Server, pin: readonly string[]): Promise<RunningServer> {
    const port = await freePort();
    const node = [process.execPath, '--expose-gc', '--import', COLLECT_ON_SIGNAL, server.file];
    const [command, ...args] = [...pin, ...node] as [string, ...string[]];
    const env = { ...process.env, NODE_ENV: 'production', ...server.env, PORT: String(port) };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const running = new RunningServer(child, port);
    try {
      await listening(child, server);
    } catch (error) {
      await running.stop();
      throw error;
    }
    return running;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    process.off('exit', this.#onExit);
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}

function listening(child: ChildProcess, { name, file }: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (what: string): void => reject(new Refusal(`${name} (${file}) ${what}: ${said.slice(-1000).trim()}`));
    const timer = setTimeout(() => fail(`did not print 'listening' within ${START_MS / 1000} s`), START_MS);
    const hear = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-4000);
      if (!/^listening/m.test(said)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DebianProgram, debianProgram, natsServer } from './debian.js';
import { freePort } from './port.js';
import { type Child, start } from './process.js';
import { type TempFolder, tempFolder } from './temp-folder.js';

export interface NatsOptions {
  /** `natsServer` (2.10) by default. */
  readonly program?: DebianProgram;
  /** A free one by default. */
  readonly port?: number;
  /** Where JetStream keeps its streams; without it there is no JetStream. */
  readonly jetstreamDir?: string;
  /** More configuration, in NATS's own syntax. */
  readonly config?: string;
}

/** A real nats-server on loopback. */
export class NatsServer {
  readonly port: number;
  readonly url: string;
  readonly #binary: string;
  readonly #args: readonly string[];
  readonly #folder: TempFolder;
  #child: Child | undefined;

  constructor(binary: string, port: number, options: NatsOptions) {
    this.port = port;
    this.url = `nats://127.0.0.1:${port}`;
    this.#binary = binary;
    this.#folder = tempFolder('nats');
    const config = join(this.#folder.path, 'nats.conf');
    writeFileSync(config, options.config ?? '');
    const jetstream = options.jetstreamDir === undefined ? [] : ['-js', '-sd', options.jetstreamDir];
    this.#args = ['-c', config, '-a', '127.0.0.1', '-p', String(port), ...jetstream];
  }

  /** Of the server that runs now, or of the last one. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Everything the server that runs now has logged. */
  get log(): string {
    return this.#child?.output ?? '';
  }

  /** Resolves when the server that runs now has logged it, from `from` on in its `log`. */
  async logs(pattern: RegExp, from = 0): Promise<void> {
    await this.#child?.waitFor(pattern, { from });
  }

  /** Starts the server again, on the same port and with the same options; ends the one that still runs. */
  async restart(): Promise<void> {
    await this.#child?.kill();
    this.#child = await start(this.#binary, this.#args, { ready: /Server is ready/ });
  }

  /** The server is gone at once, as in a crash (SIGKILL). */
  async kill(): Promise<void> {
    this.#child?.signal('SIGKILL');
    await this.#child?.exited;
  }

  /** The server stands still with its connections open (SIGSTOP), until `cont`. */
  stop(): void {
    this.#child?.signal('SIGSTOP');
  }

  cont(): void {
    this.#child?.signal('SIGCONT');
  }

  /** Ends the server in good order; nothing is left of it but the JetStream folder. */
  async close(): Promise<void> {
    this.cont();
    await this.#child?.kill();
    this.#folder.remove();
  }
}

export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const binary = await debianProgram(options.program ?? natsServer);
  const server = new NatsServer(binary, options.port ?? (await freePort()), options);
  await server.restart();
  return server;
}

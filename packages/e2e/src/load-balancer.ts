import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram, haproxy } from './debian.js';
import { freePort } from './port.js';
import { type Child, start } from './process.js';
import { type TempFolder, tempFolder } from './temp-folder.js';

/** A real HAProxy on loopback that gives each HTTP request to the next server, whichever client it comes from. */
export class LoadBalancer {
  readonly port: number;
  readonly #child: Child;
  readonly #folder: TempFolder;

  private constructor(port: number, child: Child, folder: TempFolder) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(ports: readonly number[]): Promise<LoadBalancer> {
    const [binary, port] = await Promise.all([debianProgram(haproxy), freePort()]);
    const folder = tempFolder('haproxy');
    const config = join(folder.path, 'haproxy.cfg');
    writeFileSync(
      config,
      `defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  option redispatch
listen nodes
  bind 127.0.0.1:${port}
  balance roundrobin
${ports.map((server, i) => `  server node${i} 127.0.0.1:${server} check inter 200 fall 1 rise 1`).join('\n')}
`,
    );
    return new LoadBalancer(
      port,
      await start(binary, ['-V', '-db', '-f', config], { ready: /Available polling systems|Using \w+\(\)/ }),
      folder,
    );
  }

  async close(): Promise<void> {
    await this.#child.kill();
    this.#folder.remove();
  }
}

import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { debianProgram, haproxy } from './debian.js';
import { type Child, start } from './process.js';
import { tempFolder } from './temp-folder.js';

export interface HaProxy {
  readonly child: Child;
  stop(): Promise<void>;
}

/** Starts Debian's haproxy with these frontends and backends; resolves when it listens on the ports. */
export async function startHaProxy(sections: string, ports: readonly number[]): Promise<HaProxy> {
  const folder = tempFolder('haproxy');
  const file = `${folder.path}/haproxy.cfg`;
  const defaults = ['timeout connect 5s', 'timeout client 60s', 'timeout server 60s', 'timeout tunnel 1h'];
  writeFileSync(file, `defaults\n  ${defaults.join('\n  ')}\n${sections}`);
  try {
    const child = await start(await debianProgram(haproxy), ['-db', '-V', '-f', file], { ready: /^Using epoll/m });
    for (const port of ports) await listens(port, child);
    return {
      child,
      stop: async () => {
        await child.kill();
        folder.remove();
      },
    };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

/** It binds its ports after its last words. */
async function listens(port: number, child: Child): Promise<void> {
  while (child.running) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => setTimeout(resolve, 20, false));
    });
    if (open) return;
  }
  throw new Error(`haproxy ended:\n${child.output.slice(-2000)}`);
}

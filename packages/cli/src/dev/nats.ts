import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { UserError } from '../user-error.js';

/** Where the nodes of a development cluster meet: `NATS_URL`, or a nats-server of our own. */
export async function natsFor(environment: NodeJS.ProcessEnv): Promise<{ url: string; server: ChildProcess | null }> {
  if (environment.NATS_URL !== undefined) return { url: environment.NATS_URL, server: null };
  // Port -1 is a free one, which it tells.
  const server = spawn('nats-server', ['-a', '127.0.0.1', '-p', '-1'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  const port = await Promise.race([
    once(server, 'error').then(() => undefined),
    once(server, 'exit').then(() => undefined),
    new Promise<string>((resolve) => {
      server.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        const [, told] = /client connections on 127\.0\.0\.1:(\d+)/.exec(log) ?? [];
        if (told !== undefined && log.includes('Server is ready')) resolve(told);
      });
    }),
  ]);
  if (port === undefined) {
    throw new UserError(
      1,
      '--nodes: several nodes meet at a NATS server: set NATS_URL, as in nats://127.0.0.1:4222, or install nats-server.',
    );
  }
  return { url: `nats://127.0.0.1:${port}`, server };
}

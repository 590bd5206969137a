import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { UserError } from '../user-error.js';

/** Where the nodes of a development cluster meet: `NATS_URL`, or a nats-server of our own. */
export async function natsFor(environment: NodeJS.ProcessEnv): Promise<{ url: string; server: ChildProcess | null }> {
  if (environment.NATS_URL !== undefined) return { url: environment.NATS_URL, server: null };
  const port = 42_220 + (process.pid % 10_000);
  const server = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  const started = await Promise.race([
    once(server, 'error').then(() => false),
    once(server, 'exit').then(() => false),
    new Promise<boolean>((resolve) => server.stderr.on('data', (text: Buffer) => text.includes('Server is ready') && resolve(true))),
  ]);
  if (!started) {
    throw new UserError(
      1,
      '--nodes: several nodes meet at a NATS server: set NATS_URL, as in nats://127.0.0.1:4222, or install nats-server.',
    );
  }
  return { url: `nats://127.0.0.1:${port}`, server };
}

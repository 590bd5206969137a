import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Socket } from 'phoenix';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { credentials, exchange } from './client.js';

// Two processes, as in production, joined by a NATS server: TEST_NATS_URL=nats://127.0.0.1:4222 npm test

const { TEST_NATS_URL } = process.env;
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const cluster = `test-${process.pid}`;

const running: ChildProcess[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** A node; resolves to its port. */
function node(name: string): Promise<string> {
  const env = { ...process.env, PORT: '0', SCHEDULERS: '1', NATS_URL: TEST_NATS_URL, NODE_NAME: name, CLUSTER: cluster };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      const [, port] = /Listening on http:\/\/[^:]+:(\d+)/.exec(text.toString()) ?? [];
      if (port !== undefined) resolve(port);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code}`)));
  });
}

async function join(port: string, name: string) {
  const socket = new Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket, ...(await credentials(name)) });
  sockets.push(socket);
  socket.connect();
  const channel = socket.channel(exchange.topic, {});
  await new Promise((resolve, reject) => channel.join().receive('ok', resolve).receive('error', reject));
  return channel;
}

it.skipIf(TEST_NATS_URL === undefined)(
  'what happens on one node is heard on the other',
  async () => {
    const [first, second] = await Promise.all([node('first'), node('second')]);
    const [ann, bob] = await Promise.all([join(first, 'Ann'), join(second, 'Bob')]);
    const heard = new Promise((resolve) => bob.on(exchange.event, resolve));
    // The nodes find each other within a second: until then nobody there hears it.
    const again = setInterval(() => ann.push(exchange.push, exchange.payload), 100);
    expect(await heard).toMatchObject(exchange.heard);
    clearInterval(again);
  },
  30_000,
);

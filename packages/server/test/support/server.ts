import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Child, startNode } from '@rekindle/e2e';
import { describe, it } from 'vitest';
import { RawClient } from '../../../e2e/test/raw-client.js';

export interface Options {
  readonly adapter: 'uws' | 'node';
  readonly schedulers: number;
}

const main = fileURLToPath(new URL('../fixtures/main.mjs', import.meta.url));

/** The application of the fixtures, in a process of its own. */
export class Server {
  readonly child: Child;
  readonly port: number;
  readonly #clients: RawClient[] = [];

  private constructor(child: Child, port: number) {
    this.child = child;
    this.port = port;
  }

  static async start(options: object, env: NodeJS.ProcessEnv = {}): Promise<Server> {
    const child = await startNode(main, [], { env: { ...env, OPTIONS: JSON.stringify(options) }, ready: /^listening on \d+/m });
    return new Server(child, Number(/^listening on (\d+)/m.exec(child.output)?.[1]));
  }

  async client(path = '/socket/websocket?vsn=2.0.0'): Promise<RawClient> {
    const client = await RawClient.connect(this.port, path);
    this.#clients.push(client);
    return client;
  }

  /** Ends what the test has opened. */
  closeClients(): void {
    for (const client of this.#clients.splice(0)) client.close();
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, init);
  }

  /** A request exactly as written, and the answer to it: no client puts it straight. Status 0: closed without an answer. */
  async raw(request: string): Promise<{ status: number; text: string }> {
    const socket = connect(this.port, '127.0.0.1');
    let text = '';
    const over = new Promise<void>((resolve) => {
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
        if (isWhole(request, text)) resolve();
      });
      socket.on('close', () => resolve());
    });
    socket.on('error', () => {});
    socket.write(request, 'latin1');
    await over;
    socket.destroy();
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text };
  }

  get(target: string, headers: readonly string[] = []): Promise<{ status: number; text: string }> {
    return this.raw([`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n'));
  }

  /** Resolves when a scheduler is there again: between a thread's death and its replacement there is nobody to ask. */
  async served(): Promise<void> {
    while ((await this.fetch('/teapot')).status === 503);
  }

  /** Still there, and still serving sockets. */
  async alive(): Promise<void> {
    const client = await this.client();
    await client.join('room:alive');
    await client.push('room:alive', 'echo', {});
    client.close();
  }

  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.closeClients();
    return this.child.kill(15_000);
  }
}

/** Whether an answer is there with all of its body; without a length only the end of the connection tells. */
function isWhole(request: string, text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  if (request.startsWith('HEAD') || /^HTTP\/1\.1 (101|204|304)/.test(text)) return true;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end));
  return length !== null && text.length - end - 4 >= Number(length[1]);
}

const all: readonly Options[] = [
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'uws', schedulers: 0 },
  { adapter: 'node', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
];

/** The same tests for both adapters, with actors on a thread of their own and without. */
export const everywhere = describe.each(all);

/** A test of what only threads can do: with `schedulers: 0` whatever ends the thread ends the process. */
export function withThreads({ schedulers }: Options): (name: string, test: () => Promise<void>, timeoutMs?: number) => void {
  return schedulers === 0 ? () => {} : it;
}

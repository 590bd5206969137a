import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Board } from './board.js';
import type { DemoNode } from './demo-node.js';
import { Impossible } from './impossible.js';

/** What stands in front of the nodes: gives each request and each WebSocket to the next one that answers; and serves the board. */
export class Front {
  readonly #server: Server;
  readonly #nodes: readonly DemoNode[];
  readonly #board: Board;
  #turn = 0;

  constructor(nodes: readonly DemoNode[], board: Board) {
    this.#nodes = nodes;
    this.#board = board;
    this.#server = createServer((request, response) => {
      if (!board.handle(request, response)) this.#pass(request, response);
    });
    this.#server.on('upgrade', (request, socket, head) => this.#connect(request, socket, head));
  }

  async start(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    try {
      await once(this.#server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new Impossible(`port ${port} is in use: stop the other server or choose another port with PORT`);
    }
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #next(): number {
    const well = this.#nodes.filter((node) => node.condition === 'running' && this.#board.answers(node));
    const among = well.length === 0 ? this.#nodes : well;
    return (among[this.#turn++ % among.length] as DemoNode).port;
  }

  #pass(from: IncomingMessage, to: ServerResponse): void {
    const { method, url, headers } = from;
    const onward = request({ host: '127.0.0.1', port: this.#next(), method, path: url, headers });
    onward.on('response', (response) => {
      to.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(to);
    });
    onward.on('error', () => {
      if (to.headersSent) to.destroy();
      else to.writeHead(502).end('no node answers\n');
    });
    to.on('close', () => onward.destroy());
    from.pipe(onward);
  }

  #connect({ method, url, rawHeaders }: IncomingMessage, client: Duplex, head: Buffer): void {
    const node = connect(this.#next(), '127.0.0.1');
    const headers: string[] = [];
    for (let i = 0; i < rawHeaders.length; i += 2) headers.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
    node.write(`${method} ${url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    node.write(head);
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }
}

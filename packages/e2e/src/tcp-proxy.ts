import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

type Mode = 'open' | 'holding' | 'cut';

/** Stands on loopback between a client and a server, and does what networks do to connections. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [client: Socket, server: Socket]>();
  #mode: Mode = 'open';

  private constructor(server: Server, target: number, host: string) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#accept(client, connect(target, host)));
  }

  static async start(target: number, host = '127.0.0.1'): Promise<TcpProxy> {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target, host);
  }

  /** From now on nothing passes, and nobody is told: a black hole. What was said meanwhile passes after `heal`. */
  hold(): void {
    this.#mode = 'holding';
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Connections break, and new ones too. */
  cut(): void {
    this.#mode = 'cut';
    for (const pair of [...this.#pairs]) for (const socket of pair) socket.resetAndDestroy();
  }

  heal(): void {
    this.#mode = 'open';
    for (const pair of [...this.#pairs]) {
      if (pair.some((socket) => socket.destroyed)) {
        this.#pairs.delete(pair);
        for (const socket of pair) socket.destroy();
      } else for (const socket of pair) socket.resume();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket, server: Socket): void {
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay();
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        // Into a black hole the end of a connection goes as well.
        if (this.#mode === 'holding') return;
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    if (this.#mode === 'cut') for (const socket of pair) socket.destroy();
    else if (this.#mode === 'open') for (const socket of pair) socket.resume();
    else server.pause();
  }
}

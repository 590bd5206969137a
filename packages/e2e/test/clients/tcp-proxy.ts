import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of a connection that asks for a WebSocket. */
export type Upgrades = 'pass' | 'refuse' | 'stall';

/** A proxy on loopback whose connections can be cut, and that does to WebSockets what some company networks do. */
export class TcpProxy {
  upgrades: Upgrades = 'pass';
  /** Upgrades that were asked for. */
  asked = 0;
  #broken = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer((client) => {
      this.#keep(client);
      if (this.#broken) {
        client.resetAndDestroy();
        return;
      }
      client.once('data', (head: Buffer) => {
        const upgrade = /^upgrade: *websocket/im.test(head.toString('latin1'));
        if (upgrade) this.asked++;
        if (upgrade && this.upgrades === 'stall') return;
        if (upgrade && this.upgrades === 'refuse') {
          client.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
          return;
        }
        const server = connect({ port: target, host: '127.0.0.1' });
        this.#keep(server);
        server.write(head);
        client.pipe(server).pipe(client);
        client.once('close', () => server.destroy());
        server.once('close', () => client.destroy());
      });
    });
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket));
  }

  /** Ends all connections without a word, and takes no new ones. */
  cut(): void {
    this.#broken = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#broken = false;
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Where a WebSocket frame stands among bytes: its opcode and payload. */
export interface WireFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A client that joins a topic and then reads nothing until it is told to. */
export class SlowClient {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
    });
  }

  static async join(port: number, topic: string): Promise<SlowClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    const client = new SlowClient(socket);
    const lines = [
      'GET /socket/websocket?vsn=2.0.0 HTTP/1.1',
      'host: localhost',
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    await client.#until(() => client.#bytes.includes('\r\n\r\n'));
    client.#bytes = client.#bytes.subarray(client.#bytes.indexOf('\r\n\r\n') + 4);
    client.send(['1', '1', topic, 'phx_join', {}]);
    await client.#until(() => client.frames().length === 1);
    socket.pause();
    return client;
  }

  send(frame: unknown): void {
    const text = Buffer.from(JSON.stringify(frame));
    if (text.length > 125) throw new Error('too long for a frame of this client');
    // A mask of zeros leaves the text as it is.
    this.socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
  }

  /** Reads on until the server ends the connection; the close code, 1006 if none was said. */
  async closeCode(): Promise<number> {
    this.socket.resume();
    await this.#until(() => this.ended || this.#close() !== undefined);
    return this.#close()?.payload.readUInt16BE(0) ?? 1006;
  }

  /** What has been read. */
  frames(): WireFrame[] {
    const frames: WireFrame[] = [];
    let at = 0;
    while (at + 2 <= this.#bytes.length) {
      const opcode = (this.#bytes[at] as number) & 15;
      let length = (this.#bytes[at + 1] as number) & 127;
      at += 2;
      if (length === 126) {
        if (at + 2 > this.#bytes.length) break;
        length = this.#bytes.readUInt16BE(at);
        at += 2;
      } else if (length === 127) {
        if (at + 8 > this.#bytes.length) break;
        length = Number(this.#bytes.readBigUInt64BE(at));
        at += 8;
      }
      if (at + length > this.#bytes.length) break;
      frames.push({ opcode, payload: this.#bytes.subarray(at, at + length) });
      at += length;
    }
    return frames;
  }

  #close(): WireFrame | undefined {
    return this.frames().find(({ opcode }) => opcode === 8);
  }

  #until(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!done()) return;
        clearTimeout(timer);
        this.socket.off('data', check);
        this.socket.off('close', check);
        resolve();
      };
      const timer = setTimeout(() => reject(new Error('the server did not do it within 15 s')), 15_000);
      this.socket.on('data', check);
      this.socket.on('close', check);
      check();
    });
  }
}

import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Frame = [joinRef: string | null, ref: string | null, topic: string, event: string, payload: { [key: string]: unknown }];

/** uWebSockets.js 20.30 now and then loses a WebSocket while it opens (see docs/explanation/decisions.md); stock clients try again too. */
const ATTEMPTS = 3;
const LOST = 1006;

/** A client that says exactly what it is told, as the official one never would. */
export class RawClient {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  /** Set when the server has closed the connection. */
  closeCode: number | undefined;
  #ref = 0;
  readonly #changed = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      for (const look of [...this.#changed]) look();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      for (const look of [...this.#changed]) look();
    });
  }

  static connect(port: number, path = '/socket/websocket?vsn=2.0.0'): Promise<RawClient> {
    return RawClient.over(() => new WebSocket(`ws://127.0.0.1:${port}${path}`));
  }

  /** Over a socket that is made elsewhere: with other options, or over TLS. */
  static async over(make: () => WebSocket): Promise<RawClient> {
    for (let attempt = 1; ; attempt++) {
      const socket = make();
      const client = new RawClient(socket);
      await once(socket, 'open');
      if (attempt === ATTEMPTS || (await client.#answers())) return client;
    }
  }

  /** Whether the connection outlives its handshake. One that the server closes with a code has had its answer. */
  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      this.socket.once('pong', () => resolve(true)).once('close', (code) => resolve(code !== LOST));
      this.socket.ping();
    });
  }

  send(frame: string | Uint8Array): void {
    this.socket.send(frame);
  }

  /** Sends an event; resolves with the reply's payload. */
  async push(
    topic: string,
    event: string,
    payload: unknown = {},
    joinRef: string | null = '1',
  ): Promise<{ status: string; response: unknown }> {
    const ref = `${++this.#ref}`;
    this.send(JSON.stringify([event === 'phx_join' ? ref : joinRef, ref, topic, event, payload]));
    const reply = await this.next((frame) => frame[1] === ref && frame[3] === 'phx_reply');
    return reply[4] as { status: string; response: unknown };
  }

  /** Joins; resolves with the join reference. */
  async join(topic: string, payload: unknown = {}): Promise<string> {
    const { status, response } = await this.push(topic, 'phx_join', payload);
    if (status !== 'ok') throw new Error(`join refused: ${JSON.stringify(response)}`);
    return `${this.#ref}`;
  }

  /** The first frame that fits, of those that came and those that will come. */
  next(fits: (frame: Frame) => boolean, timeoutMs = 10_000): Promise<Frame> {
    return this.#until(
      () => this.frames.find(fits),
      timeoutMs,
      () => `no such frame; came: ${JSON.stringify(this.frames)}`,
    );
  }

  closed(timeoutMs = 10_000): Promise<number> {
    return this.#until(
      () => this.closeCode,
      timeoutMs,
      () => 'the server did not close the connection',
    );
  }

  /** Resolves when the server answers a heartbeat: it has handled everything that was sent before. */
  async alive(): Promise<void> {
    const { status } = await this.push('phoenix', 'heartbeat', {}, null);
    if (status !== 'ok') throw new Error(`heartbeat answered with ${status}`);
  }

  close(): void {
    this.socket.terminate();
  }

  #until<T>(look: () => T | undefined, timeoutMs: number, problem: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        finish();
        resolve(found);
      };
      const finish = (): void => {
        clearTimeout(timer);
        this.#changed.delete(check);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(problem()));
      }, timeoutMs);
      this.#changed.add(check);
      check();
    });
  }
}

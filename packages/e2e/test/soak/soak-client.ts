import { WebSocket } from 'ws';

/** What a client waits for at most, on a busy machine. */
const PATIENCE_MS = 20_000;

/** A client that keeps one topic joined, whatever happens to it, and counts what reaches it there. */
export class SoakClient {
  readonly topic: string;
  /** Broadcasts since the last `reset`. */
  heard = 0;
  readonly #port: number;
  #socket: WebSocket | null = null;
  #joinRef = 0;
  readonly #waiting = new Set<() => void>();
  readonly #problem: (error: Error) => void;

  constructor(port: number, topic: string, problem: (error: Error) => void) {
    this.#port = port;
    this.topic = topic;
    this.#problem = problem;
  }

  async connect(): Promise<void> {
    // uWebSockets.js now and then loses a WebSocket while it opens: see docs/explanation/decisions.md.
    for (let attempt = 1; ; attempt++) {
      const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/socket/websocket?vsn=2.0.0`);
      this.#socket = socket;
      socket.on('message', (data) => this.#received(JSON.parse(String(data))));
      socket.on('error', () => {}); // `close` follows
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      const alive = new Promise<boolean>((resolve) => socket.once('pong', () => resolve(true)));
      socket.once('open', () => socket.ping());
      if (await Promise.race([alive, closed.then(() => false)])) {
        void closed.then((code) => {
          if (this.#socket === socket) this.#problem(new Error(`a connection was closed with ${code}`));
        });
        break;
      }
      if (attempt === 3) throw new Error('the connection was lost three times while it opened');
    }
    await this.join();
  }

  #received([joinRef, ref, , event, payload]: [string | null, string | null, string, string, { status?: string }]): void {
    if (event === 'new_msg') this.heard++;
    else if (joinRef !== String(this.#joinRef)) return;
    else if (event === 'phx_reply' && ref === joinRef) {
      if (payload.status !== 'ok') this.#problem(new Error(`a join was refused: ${JSON.stringify(payload)}`));
      for (const joined of [...this.#waiting]) joined();
    } else if (event === 'phx_error') void this.join().catch(this.#problem);
  }

  /** Joins, or joins again; resolves when the server has let it in. */
  async join(): Promise<void> {
    const ref = String(++this.#joinRef);
    await this.#until(() => this.#say(ref, ref, 'phx_join'));
  }

  /** The channel crashes; resolves when it has been joined again. */
  async crash(): Promise<void> {
    await this.#until(() => this.#say(String(this.#joinRef), null, 'boom'));
  }

  /** Leaves and comes back. */
  async leave(): Promise<void> {
    this.#say(String(this.#joinRef), 'leave', 'phx_leave');
    await this.join();
  }

  /** Loses its connection, and makes another. */
  async cut(): Promise<void> {
    this.close();
    await this.connect();
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
  }

  /** Silent clients are closed after a minute. */
  beat(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send('[null,"beat","phoenix","heartbeat",{}]');
  }

  #say(joinRef: string, ref: string | null, event: string): void {
    this.#socket?.send(JSON.stringify([joinRef, ref, this.topic, event, {}]));
  }

  #until(act: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.topic} was not joined within ${PATIENCE_MS} ms`)), PATIENCE_MS);
      const joined = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(joined);
        resolve();
      };
      this.#waiting.add(joined);
      act();
    });
  }
}

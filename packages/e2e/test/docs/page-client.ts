import { type Channel, Socket } from 'phoenix';
import { WebSocket } from 'ws';

export interface Reply {
  readonly status: 'ok' | 'error' | 'timeout';
  readonly response: unknown;
}

type Push = ReturnType<Channel['push']>;

function onReply(push: Push, heard: (reply: Reply) => void): void {
  for (const status of ['ok', 'error', 'timeout'] as const) push.receive(status, (response: unknown) => heard({ status, response }));
}

/** The official client, and all it has been told. */
export class PageClient {
  /** Answers to its joins: it joins again by itself. */
  readonly joins: Reply[] = [];
  readonly heard: unknown[] = [];
  /** How often its channel has crashed, and its connection has closed. */
  crashes = 0;
  closes = 0;
  readonly #socket: Socket;
  readonly #channel: Channel;
  readonly #waiting = new Set<() => void>();

  constructor(port: number, { params, topic, event }: { params: object; topic: string; event: string }) {
    this.#socket = new Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket, params });
    this.#socket.onClose(() => this.#note(() => this.closes++));
    this.#channel = this.#socket.channel(topic, {});
    this.#channel.on(event, (payload: unknown) => this.#note(() => this.heard.push(payload)));
    this.#channel.onError(() => this.#note(() => this.crashes++));
    onReply(this.#channel.join(), (reply) => this.#note(() => this.joins.push(reply)));
    this.#socket.connect();
  }

  push(event: string, payload: object): Promise<Reply> {
    return new Promise((resolve) => onReply(this.#channel.push(event, payload), resolve));
  }

  /** Resolves as soon as that is so; looked at after each thing heard. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  leave(): void {
    this.#socket.disconnect();
  }

  #note(note: () => void): void {
    note();
    for (const look of [...this.#waiting]) look();
  }
}

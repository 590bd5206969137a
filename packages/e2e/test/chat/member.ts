import { type Channel, Presence, Socket } from 'phoenix';
import { WebSocket } from 'ws';

export interface Reply {
  readonly status: 'ok' | 'error' | 'timeout';
  readonly response: unknown;
}

/** What the chat answers to a join that it grants. */
export interface Welcome {
  readonly messages: readonly { readonly body: string }[];
  readonly room: { readonly pid: string };
  readonly channel: { readonly thread: number };
}

type Push = ReturnType<Channel['push']>;

/** What happens to a push or, time and again, to a join. */
function onReply(push: Push, heard: (reply: Reply) => void): void {
  for (const status of ['ok', 'error', 'timeout'] as const) push.receive(status, (response: unknown) => heard({ status, response }));
}

/** Somebody in a room: the official client in Node, and all it has heard. */
export class Member {
  readonly socket: Socket;
  readonly channel: Channel;
  /** Answers to its joins. It joins again by itself. */
  readonly joins: Reply[] = [];
  readonly heard: { readonly event: string; readonly payload: unknown }[] = [];
  /** How often its channel has crashed, and its connection has closed. */
  crashes = 0;
  closes = 0;
  readonly #presence: Presence;

  constructor(port: number, name: string, topic = 'room:lobby', params: object = {}) {
    this.socket = new Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket, params: { name } });
    this.socket.onClose(() => {
      this.closes++;
    });
    this.channel = this.socket.channel(topic, params);
    for (const event of ['new_msg', 'typing', 'room_restarted']) {
      this.channel.on(event, (payload: unknown) => {
        this.heard.push({ event, payload });
      });
    }
    this.channel.onError(() => {
      this.crashes++;
    });
    this.#presence = new Presence(this.channel);
    this.socket.connect();
    onReply(this.channel.join(), (reply) => this.joins.push(reply));
  }

  push(event: string, payload: object = {}): Promise<Reply> {
    return new Promise((resolve) => onReply(this.channel.push(event, payload), resolve));
  }

  /** The answer to its first join. */
  get welcome(): Welcome {
    const [first] = this.joins;
    if (first?.status !== 'ok') throw new Error(`expected to have joined, got ${JSON.stringify(first)}`);
    return first.response as Welcome;
  }

  /** Payloads of an event, as far as they have come. */
  of(event: string): unknown[] {
    return this.heard.filter((one) => one.event === event).map(({ payload }) => payload);
  }

  get people(): string[] {
    return this.#presence.list((_key, { metas }: { metas: { name: string }[] }) => metas[0]?.name ?? '').sort();
  }

  leave(): void {
    this.socket.disconnect();
  }
}

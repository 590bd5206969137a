import { type Channel, Socket } from 'phoenix';
import { WebSocket } from 'ws';

/** A client of a running app: the official one, and what it has been told. */
export class Member {
  /** Payloads, by event. */
  readonly heard: { readonly event: string; readonly payload: { readonly [key: string]: unknown } }[] = [];
  /** How often it has joined: it joins again by itself. */
  joins = 0;
  readonly #socket: Socket;
  readonly #channel: Channel;
  readonly #waiting = new Set<() => void>();

  constructor(port: number, name: string, topic: string, events: readonly string[]) {
    this.#socket = new Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket, params: { name }, rejoinAfterMs: () => 10 });
    this.#channel = this.#socket.channel(topic, {});
    for (const event of events)
      this.#channel.on(event, (payload: { [key: string]: unknown }) => this.#note(() => this.heard.push({ event, payload })));
    this.#channel.join().receive('ok', () =>
      this.#note(() => {
        this.joins++;
      }),
    );
    this.#socket.connect();
  }

  /** Somebody who has joined. */
  static async join(port: number, name: string, topic: string, ...events: string[]): Promise<Member> {
    const member = new Member(port, name, topic, events);
    await member.until(() => member.joins > 0);
    return member;
  }

  /** The reply; rejects with the reason of an error. */
  push(event: string, payload: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#channel
        .push(event, payload)
        .receive('ok', resolve)
        .receive('error', ({ reason }: { reason: string }) => reject(new Error(reason)))
        .receive('timeout', () => reject(new Error(`no reply to ${event}`)));
    });
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

import { type Channel, Socket } from 'phoenix';
import { WebSocket } from 'ws';
import type { Message, RoomContract } from '../../src/room-contract.js';

type Joined = RoomContract['join']['reply'];

/** Somebody in a room: the official client, and what it has been told. */
export class Member {
  /** What a page would show. */
  messages: Message[] = [];
  /** The room's process. */
  room = '';
  /** How often it has joined: it joins again by itself. */
  joins = 0;
  /** Why it could not join. */
  refusal: string | undefined;
  readonly #socket: Socket;
  readonly #channel: Channel;
  readonly #waiting = new Set<() => void>();

  constructor(port: number, name: string, topic: string) {
    this.#socket = new Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket, params: { name }, rejoinAfterMs: () => 10 });
    this.#channel = this.#socket.channel(topic, {});
    this.#channel.on('new_msg', (message: Message) => this.#heard(() => this.messages.push(message)));
    this.#channel.on('room_restarted', ({ room }: RoomContract['out']['room_restarted']) =>
      this.#heard(() => {
        if (room !== this.room) this.messages = [];
        this.room = room;
      }),
    );
    this.#channel
      .join()
      .receive('ok', ({ room, messages }: Joined) =>
        this.#heard(() => {
          this.messages = messages;
          this.room = room;
          this.joins++;
        }),
      )
      .receive('error', ({ reason }: RoomContract['join']['error']) =>
        this.#heard(() => {
          this.refusal = reason;
        }),
      );
    this.#socket.connect();
  }

  /** Somebody who has joined. */
  static async join(port: number, name: string, topic: string): Promise<Member> {
    const member = new Member(port, name, topic);
    await member.until(() => member.joins > 0);
    return member;
  }

  get bodies(): string[] {
    return this.messages.map(({ body }) => body);
  }

  /** The reply; rejects with the reason of an error. */
  push(event: keyof RoomContract['in'], payload: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#channel
        .push(event, payload)
        .receive('ok', resolve)
        .receive('error', ({ reason }: { reason: string }) => reject(new Error(reason)))
        .receive('timeout', () => reject(new Error(`no reply to ${event}`)));
    });
  }

  /** Resolves when everybody given has heard of the room's new process. */
  async crashRoom(...everybody: Member[]): Promise<void> {
    const before = this.room;
    this.#channel.push('crash_room', {});
    await Promise.all([this, ...everybody].map((member) => member.until(() => member.room !== before)));
  }

  /** Resolves when it has joined again. */
  async crashChannel(): Promise<void> {
    const before = this.joins;
    this.#channel.push('crash_channel', {});
    await this.until(() => this.joins > before);
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

  #heard(note: () => void): void {
    note();
    for (const look of [...this.#waiting]) look();
  }
}

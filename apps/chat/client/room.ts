import { type TypedChannel, typed } from '@rekindle/client';
import { Presence, type Socket } from 'phoenix';
import type { ChatContract, Message, ProcessInfo } from '../src/chat-contract.js';

export type Joined = ChatContract['join']['reply'];
type Out = ChatContract['out'];

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly onlineAt: number;
}

/** What happens in a room, as this window sees it. */
export interface RoomEvents {
  /** Also after each rejoin, which the client does by itself. */
  joined(reply: Joined): void;
  /** The client tries again by itself. */
  refused(reason: string): void;
  /** This window's channel process has ended, while the connection is still there. */
  channelCrashed(): void;
  roomRestarted(room: ProcessInfo, messages: Message[]): void;
  message(message: Message): void;
  typing(userId: string, name: string): void;
  people(people: Person[]): void;
}

/** One room on the stock Phoenix client: a topic, its events and its presences. */
export class Room {
  readonly #channel: TypedChannel<ChatContract>;
  #events: RoomEvents | undefined;

  constructor(socket: Socket, name: string, events: RoomEvents) {
    const channel = typed<{ 'room:*': ChatContract }>(socket).channel(`room:${name}`, {});
    this.#channel = channel;
    this.#events = events;
    channel.on('new_msg', (message) => this.#events?.message(message));
    channel.on('typing', ({ userId, name }) => this.#events?.typing(userId, name));
    channel.on('room_restarted', ({ room, messages }) => this.#events?.roomRestarted(room, messages));
    // Also called when the connection is lost, which is another story.
    channel.onError(() => {
      if (socket.isConnected()) this.#events?.channelCrashed();
    });
    const presence = new Presence(channel);
    presence.onSync(() => this.#events?.people(presence.list(personOf)));
    channel
      .join()
      .receive('ok', (reply) => this.#events?.joined(reply))
      .receive('error', ({ reason }) => this.#events?.refused(reason));
  }

  get isJoined(): boolean {
    return this.#channel.state === 'joined';
  }

  /** `failed` is told why the message was not taken. */
  say(body: string, failed: (reason: string) => void): void {
    this.#channel
      .push('new_msg', { body })
      .receive('error', ({ reason }) => failed(reason))
      .receive('timeout', () => failed('no answer'));
  }

  typing(): void {
    this.#channel.push('typing', {});
  }

  crashRoom(): void {
    this.#channel.push('crash_room', {});
  }

  crashChannel(): void {
    this.#channel.push('crash_channel', {});
  }

  block(refused: (reason: string) => void): void {
    this.#channel.push('block', {}).receive('error', ({ reason }) => refused(reason));
  }

  /** Nothing is heard of the room any more. */
  leave(): void {
    this.#events = undefined;
    this.#channel.leave();
  }
}

function personOf(userId: string, { metas }: Out['presence_state'][string]): Person {
  const [first] = metas;
  return { userId, name: first?.name ?? '', onlineAt: first?.onlineAt ?? 0 };
}

import { broadcast, GenServer, localBroadcast, register } from 'rekindle';
import type { Message, RoomContract } from './room-contract.js';

/** Messages a room remembers. */
const HISTORY = 50;

/** One room: a process that owns its messages. When it crashes they are gone, and its supervisor starts an empty one. */
export class Room extends GenServer {
  #topic = '';
  #posted = 0;
  #messages: Message[] = [];

  /** Tells the topic that this is a new process. The first time nobody is there to hear it. */
  override init({ topic }: { topic: string }): void {
    this.#topic = topic;
    // Each node has a room of its own for its own clients.
    localBroadcast(topic, 'room_restarted', { room: String(this.self) } satisfies RoomContract['out']['room_restarted']);
  }

  /** Answers the message's number. The room itself sends it out, so everybody sees the same order. */
  post(name: string, body: string): number {
    const message: Message = { id: ++this.#posted, name, body, at: Date.now() };
    this.#messages = [...this.#messages, message].slice(-HISTORY);
    broadcast(this.#topic, 'new_msg', message);
    return message.id;
  }

  /** The last messages, oldest first. */
  history(): { room: string; messages: Message[] } {
    return { room: String(this.self), messages: this.#messages };
  }

  crash(): void {
    throw new Error('somebody pressed "Crash the room"');
  }
}

// Rooms are started on any thread, by the class's name.
register(Room);

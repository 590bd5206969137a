import { broadcast, GenServer, register } from 'rekindle';
import { type ChatContract, HISTORY, type Message, type ProcessInfo } from './chat-contract.js';

export interface Author {
  readonly userId: string;
  readonly name: string;
}

/** One room: a process that owns its messages. When it crashes they are gone, and its supervisor starts an empty one. */
export class Room extends GenServer {
  #topic = '';
  #posted = 0;
  #messages: Message[] = [];

  /** Tells the topic that this is a new process. The first time nobody is there to hear it. */
  override init({ topic }: { topic: string }): void {
    this.#topic = topic;
    this.#tell('room_restarted', { room: this.#info() });
  }

  /** Answers the message's number. The room itself sends it out, so everybody sees the same order. */
  post({ userId, name }: Author, body: string): number {
    const message: Message = { id: ++this.#posted, userId, name, body, at: Date.now() };
    this.#messages = [...this.#messages, message].slice(-HISTORY);
    this.#tell('new_msg', message);
    return message.id;
  }

  /** The last `count` messages, oldest first. */
  history(count: number): { room: ProcessInfo; messages: Message[] } {
    return { room: this.#info(), messages: count === 0 ? [] : this.#messages.slice(-count) };
  }

  crash(): void {
    throw new Error('somebody pressed "Crash the room"');
  }

  #info(): ProcessInfo {
    return { pid: String(this.self), thread: this.self.thread };
  }

  #tell<E extends keyof ChatContract['out'] & string>(event: E, payload: ChatContract['out'][E]): void {
    broadcast(this.#topic, event, payload);
  }
}

// Rooms are started on any thread, by the class's name.
register(Room);

import { broadcast, CallError, GenServer, localBroadcast, nodes, type Ref, register } from 'rekindle';
import { type ChatContract, HISTORY, type Message, type ProcessInfo } from './chat-contract.js';

export interface Author {
  readonly userId: string;
  readonly name: string;
}

const ASK_MS = 1000;

/**
 * One room: a process that owns its messages. When it crashes they are gone, and its supervisor starts an empty one. In a cluster
 * each node has a room of that name for its own windows; they tell one another what is said, and a new one asks the others first.
 */
export class Room extends GenServer {
  #topic = '';
  #posted = 0;
  #messages: Message[] = [];

  /** Tells the windows of this node that this is a new process. The first time nobody is there to hear it. */
  override async init({ topic }: { topic: string }): Promise<void> {
    this.#topic = topic;
    for (const message of await this.#knownElsewhere()) this.remember(message);
    const restarted: ChatContract['out']['room_restarted'] = { room: this.#info(), messages: this.#messages };
    localBroadcast(topic, 'room_restarted', restarted);
  }

  /** Answers the message's number. The room itself sends it out, to all nodes, so all windows of a node see the same order. */
  post({ userId, name }: Author, body: string): number {
    const message: Message = { id: this.#posted + 1, userId, name, body, at: Date.now() };
    this.remember(message);
    for (const room of this.#others()) this.cast(room, 'remember', message);
    broadcast(this.#topic, 'new_msg', message);
    return message.id;
  }

  /** Also what rooms of other nodes were told; a new one may have heard of it on two ways. */
  remember(message: Message): void {
    if (this.#messages.some(({ id, userId, at }) => id === message.id && userId === message.userId && at === message.at)) return;
    this.#posted = Math.max(this.#posted, message.id);
    this.#messages = [...this.#messages, message].slice(-HISTORY);
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

  /** The rooms of this name on the other nodes, as far as there are any. */
  #others(): Ref<Room>[] {
    return nodes().map((node) => Room.at({ name: this.#topic, node }));
  }

  /** Rooms of one name know the same, but for what is on its way: whoever knows most will do. */
  async #knownElsewhere(): Promise<Message[]> {
    const histories = await Promise.all(this.#others().map((room) => this.#askFor(room)));
    return histories.reduce((most, history) => (history.length > most.length ? history : most), []);
  }

  async #askFor(room: Ref<Room>): Promise<Message[]> {
    try {
      return (await this.call(room.within(ASK_MS), 'history', HISTORY)).messages;
    } catch (thrown) {
      // That node has no such room, or is going away, or its room asks us just now.
      if (CallError.is(thrown)) return [];
      throw thrown;
    }
  }
}

// Rooms are started on any thread, by the class's name.
register(Room);

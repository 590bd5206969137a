import { isMainThread } from 'node:worker_threads';
import { CallError, Channel, error, type HandleIn } from 'rekindle';
import { ChatContract } from './chat-contract.js';
import { Room } from './room.js';
import { RoomPresence } from './room-presence.js';
import { Rooms } from './rooms.js';
import type { UserSocket } from './user-socket.js';

const TOPIC = /^room:[a-z0-9-]{1,32}$/;

/** One window in one room: a process of its own, which crashes alone. */
export class RoomChannel extends Channel<ChatContract, UserSocket> {
  static contract = ChatContract;

  override async join(topic: string, { history }: ChatContract['join']['params']) {
    if (!TOPIC.test(topic)) return error({ reason: 'a room is named with 1 to 32 small letters, digits and dashes' });
    const room = await Rooms.open(topic);
    this.sendSelf({ type: 'joined' });
    return {
      userId: this.assigns.userId,
      channel: { pid: String(this.self), thread: this.self.thread },
      ...(await this.call(room, 'history', history)),
    };
  }

  /** Presence comes after the reply to the join, as everything that is pushed does. */
  override handleInfo(): void {
    const { userId, name } = this.assigns;
    RoomPresence.track(this, userId, { name, onlineAt: Date.now() });
    this.push('presence_state', RoomPresence.list(this));
  }

  static handleIn: HandleIn<RoomChannel> = {
    async new_msg({ body }) {
      try {
        return { id: await this.call(await Rooms.open(this.topic), 'post', this.assigns, body) };
      } catch (thrown) {
        // The room has crashed under our hands. Uncaught, this would crash the channel too.
        if (CallError.is(thrown)) return error({ reason: 'the room is being restarted, try again' });
        throw thrown;
      }
    },

    typing() {
      const { userId, name } = this.assigns;
      this.broadcastFrom('typing', { userId, name });
    },

    /** A cast, not a call: who waits for an answer from a process that crashes gets the crash. */
    crash_room() {
      this.cast(Room.at(this.topic), 'crash');
    },

    crash_channel() {
      throw new Error('somebody pressed "Crash my channel"');
    },

    block() {
      if (isMainThread) return error({ reason: 'with SCHEDULERS=0 there is no other thread that could help' });
      for (;;);
    },
  };
}

//#if presence
import { CallError, Channel, error, type HandleIn, Presence } from 'rekindle';
//#else
import { CallError, Channel, error, type HandleIn } from 'rekindle';
//#end
import { Room } from './room.js';
import { RoomContract } from './room-contract.js';
import { Rooms } from './rooms.js';
import type { UserSocket } from './user-socket.js';

const TOPIC = /^room:[a-z0-9-]{1,32}$/;

//#if presence
/** Who is in a room, on all nodes. */
class People extends Presence<RoomContract> {}

//#end
/** One window in one room: a process of its own, which crashes alone. */
export class RoomChannel extends Channel<RoomContract, UserSocket> {
  static contract = RoomContract;

  override async join(topic: string) {
    if (!TOPIC.test(topic)) return error({ reason: 'a room is named with 1 to 32 small letters, digits and dashes' });
    //#if presence
    this.sendSelf({ type: 'joined' });
    //#end
    return this.call(await Rooms.open(topic), 'history');
  }
  //#if presence

  /** The client is in: from now on it is seen. */
  override handleInfo(_joined: unknown): void {
    People.track(this, this.assigns.name, { since: Date.now() });
    this.push('presence_state', People.list(this));
  }
  //#end

  static handleIn: HandleIn<RoomChannel> = {
    async new_msg({ body }) {
      try {
        return { id: await this.call(await Rooms.open(this.topic), 'post', this.assigns.name, body) };
      } catch (thrown) {
        // The room has crashed under our hands. Uncaught, this would crash the channel too.
        if (CallError.is(thrown)) return error({ reason: 'the room is being restarted, try again' });
        throw thrown;
      }
    },

    /** A cast, not a call: who waits for an answer from a process that crashes gets the crash. */
    crash_room() {
      this.cast(Room.at(this.topic), 'crash');
    },

    crash_channel() {
      throw new Error('somebody pressed "Crash my channel"');
    },
  };
}

import { DynamicSupervisor, type Ref } from 'rekindle';
import { Room } from './room.js';

/** Starts rooms on demand and starts them again when they crash. */
export class Rooms extends DynamicSupervisor<Room> {
  /** Everybody may crash rooms here: the default of 3 restarts in 5 seconds is used up by a few clicks. */
  override init() {
    return { maxRestarts: 30, maxSeconds: 5 };
  }

  /** The room of a topic, which is also its name on all threads. The answer stays good when the room is restarted. */
  static open(topic: string): Promise<Ref<Room>> {
    return Rooms.ensureChild('rooms', { start: Room, args: { topic }, name: topic, thread: 'spread' });
  }
}

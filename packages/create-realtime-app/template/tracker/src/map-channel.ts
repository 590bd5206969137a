//#if presence
import { Channel, type HandleIn, Presence } from 'rekindle';
//#else
import { Channel, type HandleIn } from 'rekindle';
//#end
import { MapContract } from './map-contract.js';
import { Positions } from './positions.js';
import type { UserSocket } from './user-socket.js';

//#if presence
/** Who is on a map, on all nodes. */
class People extends Presence<MapContract> {}

//#end
/** One client on one map: a process of its own, which crashes alone. */
export class MapChannel extends Channel<MapContract, UserSocket> {
  static contract = MapContract;

  override async join(topic: string) {
    //#if presence
    this.sendSelf({ type: 'joined' });
    //#end
    return { positions: await this.call(Positions.at('positions'), 'on', topic) };
  }
  //#if presence

  /** The client is in: from now on it is seen. */
  override handleInfo(_joined: unknown): void {
    People.track(this, this.assigns.name, { since: Date.now() });
    this.push('presence_state', People.list(this));
  }
  //#end

  static handleIn: HandleIn<MapChannel> = {
    /** Nobody waits for an answer to each step: a cast. */
    move({ x, y }) {
      const position = { id: String(this.self), name: this.assigns.name, x, y };
      this.cast(Positions.at('positions'), 'move', this.self, this.topic, position);
    },
  };
}

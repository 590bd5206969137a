//#if presence
import { Channel, type HandleIn, Presence } from 'rekindle';
//#else
import { Channel, type HandleIn } from 'rekindle';
//#end
import { Counter } from './counter.js';
import { CounterContract } from './counter-contract.js';
import type { UserSocket } from './user-socket.js';

//#if presence
/** Who looks at the counter, on all nodes. */
class People extends Presence<CounterContract> {}

//#end
/** One client: a process of its own, which crashes alone. */
export class CounterChannel extends Channel<CounterContract, UserSocket> {
  static contract = CounterContract;

  override async join() {
    //#if presence
    this.sendSelf({ type: 'joined' });
    //#end
    return { value: await this.call(Counter.at('counter'), 'value') };
  }
  //#if presence

  /** The client is in: from now on it is seen. */
  override handleInfo(_joined: unknown): void {
    People.track(this, this.assigns.name, { since: Date.now() });
    this.push('presence_state', People.list(this));
  }
  //#end

  static handleIn: HandleIn<CounterChannel> = {
    async increment({ by }) {
      const value = await this.call(Counter.at('counter'), 'increment', by);
      this.broadcast('changed', { value, by: this.assigns.name });
      return { value };
    },
  };
}

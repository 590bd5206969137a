import { type ConnectInfo, error, routes, Socket } from 'rekindle';
//#if !auth
import { z } from 'zod';
//#end
import { CounterChannel } from './counter-channel.js';
//#if auth
import { nameIn } from './http.js';
//#else

const Params = z.object({ name: z.string().trim().min(1).max(32) });
//#end

/** One connection: says who it is, and which channel serves which topic. */
export class UserSocket extends Socket<{ name: string }> {
  static channels = routes({
    counter: CounterChannel,
  });

  //#if auth
  override connect(_params: { readonly [key: string]: unknown }, { authToken }: ConnectInfo) {
    const name = nameIn(authToken);
    return name === undefined ? error({ reason: 'not logged in' }) : { name };
  }
  //#else
  /** Everybody is who they say. Check a `Token` instead as soon as that matters. */
  override connect(params: { readonly [key: string]: unknown }, _info: ConnectInfo) {
    const { success, data } = Params.safeParse(params);
    return success ? { name: data.name } : error({ reason: 'name: 1 to 32 characters' });
  }
  //#end

  /** `disconnect('user:Ann')` closes all of her connections. */
  override id() {
    return `user:${this.assigns.name}`;
  }
}

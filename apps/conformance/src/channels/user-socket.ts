import { type ConnectInfo, type ErrorReply, error, routes, Socket, Token } from 'rekindle';
import { PresenceChannel } from './presence-channel.js';
import { RoomChannel } from './room-channel.js';

export const SECRET = 'the secret of the conformance app is no secret at all';
export const SALT = 'user socket';
const MAX_AGE_S = 3600;

interface Assigns {
  readonly userId: string | null;
}

class ConformanceSocket extends Socket<Assigns> {
  override connect(params: { readonly [key: string]: unknown }, info: ConnectInfo): Assigns | ErrorReply<unknown> {
    if (params.reject === 'true' || params.reject === 'reason') return error({ reason: 'rejected' });
    const token = info.authToken ?? params.token;
    if (token !== undefined) {
      const verified = Token.verify(SECRET, SALT, token, { maxAge: MAX_AGE_S });
      return verified.ok ? { userId: verified.data as string } : error({ reason: verified.reason });
    }
    return { userId: typeof params.user_id === 'string' ? params.user_id : null };
  }

  override id(): string | undefined {
    const { userId } = this.assigns;
    return userId === null ? undefined : `user_socket:${userId}`;
  }
}

export class UserSocket extends ConformanceSocket {
  static readonly channels = routes({ 'room:*': RoomChannel, 'presence:*': PresenceChannel, exact: RoomChannel });
}

export class TinySocket extends ConformanceSocket {
  static readonly channels = routes({ 'room:*': RoomChannel, 'presence:*': PresenceChannel });
}

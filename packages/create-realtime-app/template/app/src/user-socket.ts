import { error, routes, Socket } from 'rekindle';
import { z } from 'zod';
import { RoomChannel } from './room-channel.js';

const Params = z.object({ name: z.string().trim().min(1).max(32) });

/** One connection: says who it is. Here everybody is who they say; check a `Token` instead as soon as that matters. */
export class UserSocket extends Socket<{ name: string }> {
  static channels = routes({ 'room:*': RoomChannel });

  override connect(params: { readonly [key: string]: unknown }) {
    const { success, data } = Params.safeParse(params);
    return success ? { name: data.name } : error({ reason: 'name: 1 to 32 characters' });
  }
}

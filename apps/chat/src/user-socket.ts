import { randomUUID } from 'node:crypto';
import { error, routes, Socket } from 'rekindle';
import { z } from 'zod';
import type { Author } from './room.js';
import { RoomChannel } from './room-channel.js';

const Params = z.object({ name: z.string().trim().min(1).max(32) });

/** One connection: says who it is. Everything is allowed to everybody, so there is no password. */
export class UserSocket extends Socket<Author> {
  static channels = routes({ 'room:*': RoomChannel });

  override connect(params: { readonly [key: string]: unknown }) {
    const { success, data } = Params.safeParse(params);
    return success ? { userId: randomUUID(), name: data.name } : error({ reason: 'name: 1 to 32 characters' });
  }
}

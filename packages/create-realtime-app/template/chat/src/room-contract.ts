import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

const Message = z.object({ id: z.number(), name: z.string(), body: z.string(), at: z.number() });

const Nothing = z.object({});

/** What a room's topic takes and sends: checked at run time, and the types of both the server and the page. */
export const RoomContract = contract({
  join: {
    params: Nothing,
    /** `room` is the room's process: after a crash there is another one in its place. */
    reply: z.object({ room: z.string(), messages: z.array(Message) }),
  },
  in: {
    new_msg: { payload: z.object({ body: z.string().trim().min(1).max(500) }), reply: z.object({ id: z.number() }) },
    crash_room: Nothing,
    crash_channel: Nothing,
  },
  out: {
    new_msg: Message,
    room_restarted: z.object({ room: z.string() }),
  },
  //#if presence
  presence: z.object({ since: z.number() }),
  //#end
});
export interface RoomContract extends TypesOf<typeof RoomContract> {}

export type Message = RoomContract['out']['new_msg'];

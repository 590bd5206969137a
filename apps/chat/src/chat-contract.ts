import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

/** Messages a room remembers. */
export const HISTORY = 50;

/** A process, as the page shows it: after a crash there is another one in its place. */
const Process = z.object({ pid: z.string(), thread: z.number() });

const Message = z.object({ id: z.number(), userId: z.string(), name: z.string(), body: z.string(), at: z.number() });

const Nothing = z.object({});

/** What a room's topic takes and sends: checked at run time, and the types of both the server and the page. */
export const ChatContract = contract({
  join: {
    params: z.object({ history: z.int().min(0).max(HISTORY).default(HISTORY) }),
    reply: z.object({ userId: z.string(), channel: Process, room: Process, messages: z.array(Message) }),
  },
  in: {
    new_msg: { payload: z.object({ body: z.string().trim().min(1).max(500) }), reply: z.object({ id: z.number() }) },
    typing: Nothing,
    crash_room: Nothing,
    crash_channel: Nothing,
    block: Nothing,
  },
  out: {
    new_msg: Message,
    typing: z.object({ userId: z.string(), name: z.string() }),
    /** With what the new process knows of what was said. */
    room_restarted: z.object({ room: Process, messages: z.array(Message) }),
  },
  presence: z.object({ name: z.string(), onlineAt: z.number() }),
});
export interface ChatContract extends TypesOf<typeof ChatContract> {}

export type Message = ChatContract['out']['new_msg'];
export type ProcessInfo = ChatContract['out']['room_restarted']['room'];

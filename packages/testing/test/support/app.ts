import {
  broadcast,
  Channel,
  contract,
  error,
  type HandleIn,
  type HandleOut,
  Presence,
  routes,
  Socket,
  type TypesOf,
} from '@rekindle/channels';
import { DynamicSupervisor, GenServer, noreply, register, StartError } from '@rekindle/kernel';
import { z } from 'zod';

// A small chat that uses everything the kit has to know: contract, presence, intercepted events, late answers, a room process.

export class Room extends GenServer {
  #topic = '';
  readonly #bodies: string[] = [];
  override init({ topic }: { topic: string }): void {
    this.#topic = topic;
  }
  post(body: string): number {
    if (body === 'boom') throw new Error('boom');
    this.#bodies.push(body);
    broadcast(this.#topic, 'new_msg', { body });
    return this.#bodies.length;
  }
  bodies(): string[] {
    return this.#bodies;
  }
}
export class Rooms extends DynamicSupervisor<Room> {
  override init() {
    return { maxRestarts: 1000, maxSeconds: 1 };
  }
  static async open(topic: string) {
    if (Room.whereis(topic) === undefined) {
      try {
        await Rooms.startChild('rooms', { start: Room, args: { topic }, name: topic });
      } catch (failure) {
        if (!StartError.is(failure, 'already_started')) throw failure;
      }
    }
    return Room.at(topic);
  }
}

const Chat = contract({
  join: { params: z.object({ since: z.number().default(0) }), reply: z.object({ bodies: z.array(z.string()) }) },
  in: {
    new_msg: {
      payload: z.object({ body: z.string().trim().min(1) }),
      reply: z.object({ id: z.number() }),
      error: z.object({ reason: z.string() }),
    },
    later: { payload: z.object({}), reply: z.object({ late: z.boolean() }) },
    typing: z.object({}),
    wave: z.object({}),
    crash: z.object({}),
  },
  out: { new_msg: z.object({ body: z.string() }), typing: z.object({ who: z.string() }), wave: z.object({ who: z.string() }) },
  presence: z.object({ mood: z.string().optional() }),
});
export interface Chat extends TypesOf<typeof Chat> {}

export class ChatPresence extends Presence<Chat> {}

export class ChatChannel extends Channel<Chat, UserSocket> {
  static contract = Chat;
  override async join(topic: string) {
    if (topic === 'room:secret') return error({ reason: 'members only' });
    ChatPresence.track(this, this.assigns.name, {});
    this.sendSelf({ type: 'joined' });
    return { bodies: await this.call(await Rooms.open(topic), 'bodies') };
  }
  override handleInfo(_message: unknown): void {
    this.push('presence_state', ChatPresence.list(this));
  }
  static handleIn: HandleIn<ChatChannel> = {
    async new_msg({ body }) {
      if (body === 'spam') return error({ reason: 'no spam' });
      return { id: await this.call(Room.at(this.topic), 'post', body) };
    },
    later(_payload, ref) {
      this.sendAfter(60_000, { type: 'late' });
      setImmediate(() => ref.reply({ late: true }));
      return noreply(ref);
    },
    typing() {
      this.broadcastFrom('typing', { who: this.assigns.name });
    },
    wave() {
      this.broadcast('wave', { who: this.assigns.name });
    },
    crash() {
      throw new Error('asked to crash');
    },
  };
  // Nobody sees their own wave.
  static handleOut: HandleOut<ChatChannel> = {
    wave({ who }) {
      if (who !== this.assigns.name) this.push('wave', { who });
    },
  };
}

export class UserSocket extends Socket<{ name: string }> {
  static channels = routes({ 'room:*': ChatChannel });
  override connect(params: { readonly [key: string]: unknown }) {
    if (params.name === 'broken') throw new Error('cannot connect');
    return typeof params.name === 'string' ? { name: params.name } : error({ reason: 'no name' });
  }
  override id() {
    return `user:${this.assigns.name}`;
  }
}

register(Room);
export const application = { children: [{ start: Rooms, name: 'rooms' }] };

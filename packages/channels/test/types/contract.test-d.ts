import {
  type AssignsOf,
  Channel,
  contract,
  error,
  type HandleIn,
  type HandleOut,
  type Match,
  Presence,
  type PresenceState,
  type RoutesOf,
  replyAs,
  routes,
  Socket,
  type Topics,
  type TypesOf,
} from '@rekindle/channels';
import { z } from 'zod';

// What a contract says is what the compiler holds channels, handlers, presences and routes to.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<_Holds extends true>(): void {}

const Room = contract({
  join: {
    params: z.object({ lastSeen: z.coerce.number().optional() }),
    reply: z.object({ welcome: z.string() }),
    error: z.object({ reason: z.enum(['full', 'banned']) }),
  },
  in: {
    new_msg: {
      payload: z.object({ body: z.string() }),
      reply: z.object({ id: z.number() }),
      error: z.object({ reason: z.literal('muted') }),
    },
    typing: z.object({ on: z.boolean() }),
    count: { payload: z.object({ n: z.string().transform(Number) }) },
  },
  out: { new_msg: z.object({ id: z.number(), body: z.string() }), typing: z.object({ who: z.string() }) },
  presence: z.object({ onlineAt: z.number() }),
});
interface Room extends TypesOf<typeof Room> {}

export function contractTypes(): void {
  same<Same<Room['in']['new_msg']['payload'], { body: string }>>();
  same<Same<Room['in']['new_msg']['reply'], { id: number }>>();
  same<Same<Room['in']['typing']['reply'], void>>();
  same<Same<Room['in']['typing']['error'], { reason: string }>>();
  // The client writes what the schema takes, the handler gets what it makes of it.
  same<Same<Room['in']['count']['sent'], { n: string }>>();
  same<Same<Room['in']['count']['payload'], { n: number }>>();
  same<Same<Room['join']['error'], { reason: 'full' | 'banned' }>>();
  same<Same<Room['meta'], { onlineAt: number }>>();
  same<Same<keyof Room['out'], 'new_msg' | 'typing' | 'presence_state' | 'presence_diff'>>();
  same<Same<Room['out']['presence_state'], PresenceState<{ onlineAt: number }>>>();
  // @ts-expect-error: an event's payload is a schema
  contract({ in: { bad: { payload: 'text' } }, out: {} });
  // @ts-expect-error: `out` is needed
  contract({ in: {} });
}

class UserSocket extends Socket<{ user: string; admin: boolean }> {
  static channels = routes({ 'room:*': {} as typeof RoomChannel, lobby: {} as typeof OpenChannel });
  override connect(params: { user?: string }) {
    return params.user === undefined ? error({ reason: 'who?' }) : { user: params.user, admin: false };
  }
  override id() {
    return `user:${this.assigns.user}`;
  }
}

export class BadSocket extends Socket<{ user: string }> {
  static channels = routes({});
  // @ts-expect-error: assigns without the user
  override connect() {
    return { name: 'x' };
  }
}

class RoomPresence extends Presence<Room> {}

export class RoomChannel extends Channel<Room, UserSocket> {
  static contract = Room;
  #said = 0;

  override join(topic: string, params: Room['join']['params']) {
    same<Same<typeof params.lastSeen, number | undefined>>();
    same<Same<typeof this.assigns, Readonly<{ user: string; admin: boolean }>>>();
    return topic === 'room:full' ? error({ reason: 'full' }) : { welcome: topic };
  }

  static handleIn: HandleIn<RoomChannel> = {
    new_msg({ body }, ref) {
      same<Same<typeof body, string>>();
      this.#said++;
      this.broadcast('new_msg', { id: this.#said, body });
      this.broadcastFrom('typing', { who: this.assigns.user });
      ref.reply({ id: 1 });
      // @ts-expect-error: the reply's type
      ref.reply({ id: '1' });
      // @ts-expect-error: the error's type
      ref.error({ reason: 'tired' });
      // @ts-expect-error: no such event
      this.push('new_mesg', {});
      // @ts-expect-error: the payload's type
      this.push('new_msg', { id: 1 });
      return this.assigns.admin ? { id: this.#said } : error({ reason: 'muted' });
    },
    async typing({ on }) {
      if (on) this.push('typing', { who: 'me' });
    },
    count({ n }) {
      same<Same<typeof n, number>>();
    },
  };

  static handleOut: HandleOut<RoomChannel> = {
    new_msg(payload) {
      same<Same<typeof payload, { id: number; body: string }>>();
      if (payload.id > this.#said) this.push('new_msg', payload);
    },
  };

  presences(): void {
    const ref: string = RoomPresence.track(this, 'ann', { onlineAt: 1 });
    RoomPresence.update(this, 'ann', (meta) => ({ onlineAt: meta.onlineAt + 1 }));
    // @ts-expect-error: the meta's type
    RoomPresence.track(this, 'ann', { onlineAt: 'now' });
    // @ts-expect-error: the meta's type
    RoomPresence.update(this, 'ann', (meta) => ({ onlineAt: String(meta.onlineAt) }));
    const list = RoomPresence.list(this);
    same<Same<(typeof list)[string]['metas'][number], { onlineAt: number } & { phx_ref: string }>>();
    this.push('presence_state', list);
    void ref;
  }
}

export function outside(): void {
  RoomChannel.broadcast('room:1', 'new_msg', { id: 1, body: 'x' });
  // @ts-expect-error: the payload's type
  RoomChannel.broadcast('room:1', 'new_msg', { body: 'x' });
  // @ts-expect-error: no such event
  RoomChannel.broadcast('room:1', 'other', {});
}

class Forgetful extends Channel<Room> {
  static contract = Room;
  override join() {
    return { welcome: '' };
  }
  // @ts-expect-error: `typing` and `count` have no handler
  static handleIn: HandleIn<Forgetful> = {
    new_msg: () => ({ id: 1 }),
  };
}

class Inventive extends Channel<Room> {
  static contract = Room;
  override join() {
    return { welcome: '' };
  }
  static handleIn: HandleIn<Inventive> = {
    new_msg: () => ({ id: 1 }),
    typing() {},
    count() {},
    // @ts-expect-error: no such event
    new_mesg() {},
  };
}

class Wrong extends Channel<Room> {
  static contract = Room;
  // @ts-expect-error: the reply's type
  override join() {
    return { hello: '' };
  }
}

class WrongReply extends Channel<Room> {
  static contract = Room;
  override join() {
    return { welcome: '' };
  }
  static handleIn: HandleIn<WrongReply> = {
    // @ts-expect-error: the reply's type
    new_msg: () => ({ id: 'one' }),
    typing() {},
    count() {},
  };
}

/** Any event, any payload. */
class OpenChannel extends Channel {
  override join(): void {}
  handleIn(event: string, payload: unknown) {
    this.push(event, payload);
    return event === 'odd' ? replyAs('odd', payload) : payload;
  }
}

const Other = contract({ in: {}, out: {} });
class Mixed extends Channel<Room> {
  static contract = Other;
  override join() {
    return { welcome: '' };
  }
}

export function routesTypes(): void {
  const table = routes({ 'room:*': RoomChannel, lobby: OpenChannel });
  // @ts-expect-error: another contract than the class promises
  routes({ 'room:*': Mixed });
  // @ts-expect-error: no channel
  routes({ 'room:*': class Nothing {} });
  void [table, Forgetful, Inventive, Wrong, WrongReply];
  type Table = RoutesOf<{ channels: typeof table }>;
  same<Same<Match<Table, 'room:42'>['join']['reply'], { welcome: string }>>();
  same<Same<Topics<Table>, `room:${string}` | 'lobby'>>();
  same<Same<AssignsOf<UserSocket>, Readonly<{ user: string; admin: boolean }>>>();
}

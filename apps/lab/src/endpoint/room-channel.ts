import { subscribe } from 'node:diagnostics_channel';
import {
  type Broadcast,
  Channel,
  type ChannelOptions,
  type Down,
  type Exit,
  GenServer,
  noreply,
  Presence,
  type PresenceDiff,
  type PresenceState,
  type Ref,
  type ReplyRef,
  stop,
  type Untyped,
} from 'rekindle';
import type { EndpointSocket } from './endpoint-socket.js';

/** Answers pushes for channels that give them away. */
export class Clerk extends GenServer {
  #kept: ReplyRef<unknown, unknown> | null = null;

  /** For who is no process. */
  greet(name: string): string {
    return `good day, ${name}`;
  }
  answer(ref: ReplyRef<unknown, unknown>, value: unknown): void {
    ref.reply({ value, thread: this.self.thread });
  }
  refuse(ref: ReplyRef<unknown, unknown>): void {
    ref.error({ reason: 'refused by the clerk' });
  }
  keep(ref: ReplyRef<unknown, unknown>): void {
    this.#kept = ref;
  }
  answerKept(): void {
    this.#kept?.reply({ late: true });
  }
}

export class RoomPresence extends Presence {
  static fetches: unknown[] = [];
  static diffs: unknown[] = [];

  static fetch(topic: string, presences: PresenceState<unknown>): object {
    RoomPresence.fetches.push([topic, Object.keys(presences)]);
    return Object.fromEntries(Object.entries(presences).map(([key, { metas }]) => [key, { metas, name: `user ${key}` }]));
  }

  static handleMetas(topic: string, { joins, leaves }: PresenceDiff, presences: PresenceState<unknown>): void {
    const counts = Object.fromEntries(Object.entries(presences).map(([key, { metas }]) => [key, metas.length]));
    RoomPresence.diffs.push([topic, Object.keys(joins), Object.keys(leaves), counts]);
    if (Object.hasOwn(joins, 'explosive')) throw new Error('handleMetas exploded');
  }
}

const seen: { name: string; message: unknown }[] = [];

/** What the events carry; each has what it needs. */
interface Asked {
  readonly names: readonly string[];
  readonly topic: string;
  readonly key: string;
  readonly meta: object;
  readonly change: object;
  readonly count: number;
  readonly size: number;
  readonly ms: number;
}

/** Does what it is asked to. */
export class RoomChannel extends Channel<Untyped, EndpointSocket> {
  static override readonly options: ChannelOptions = { shutdown: 700, maxMailbox: 20 };
  /** Those of this thread, by topic. */
  static readonly channels = new Map<string, RoomChannel>();
  readonly #slow: number[] = [];
  #poured = 0;
  readonly #heard: unknown[] = [];

  override join(_topic: string, params: { readonly refuse?: boolean }): unknown {
    if (params.refuse === true) throw new Error('as asked');
    RoomChannel.channels.set(this.topic, this);
    return {};
  }

  override onSlow(bufferedBytes: number): void {
    this.#slow.push(bufferedBytes);
  }

  get #clerk(): Ref<Clerk> {
    return Clerk.at('clerk');
  }

  handleIn(event: string, payload: Asked, ref: ReplyRef<unknown, unknown>): unknown {
    switch (event) {
      case 'echo':
        return payload;
      case 'info':
        return this.assigns.info;
      case 'pour':
        for (let i = 0; i < payload.count; i++) this.push('drop', { text: 'x'.repeat(payload.size) });
        this.#poured++;
        return {};
      case 'pourAll':
        for (let i = 0; i < payload.count; i++) this.broadcast('drop', { text: 'x'.repeat(payload.size) });
        return {};
      case 'socket':
        return { bufferedBytes: this.socket.bufferedBytes, id: this.socket.id ?? null, transport: this.socket.transport };
      case 'slowness': {
        const other = RoomChannel.channels.get(payload.topic);
        return other === undefined ? {} : { slow: other.#slow, bufferedBytes: other.socket.bufferedBytes, poured: other.#poured };
      }
      case 'mix':
        for (let i = 0; i < payload.count; i += 3) {
          this.push('mixed', { i });
          this.broadcast('mixed', { i: i + 1 });
          this.broadcast('mixed', { i: i + 2 });
        }
        return {};
      case 'shoutAndStop':
        this.broadcast('shouted', payload);
        return stop('normal');
      case 'shout':
        this.broadcast('shouted', payload);
        return undefined;
      case 'clerk':
        this.cast(this.#clerk, 'answer', ref, payload);
        return noreply(ref);
      case 'clerkRefuses':
        this.cast(this.#clerk, 'refuse', ref);
        return noreply(ref);
      case 'clerkKeeps':
        this.cast(this.#clerk, 'keep', ref);
        return noreply(ref);
      case 'clerkAnswers':
        this.cast(this.#clerk, 'answerKept');
        return {};
      case 'where':
        return { thread: this.self.thread };
      case 'watch':
        for (const name of payload.names) subscribe(name, (message) => seen.push({ name, message }));
        return {};
      case 'seen':
        return seen.splice(0).map(({ name, message }) => [name, message]);
      case 'track':
        return { ref: RoomPresence.track(this, payload.key, payload.meta) };
      case 'update':
        return { ref: RoomPresence.update(this, payload.key, (meta) => ({ ...(meta as object), ...payload.change })) };
      case 'untrack':
        RoomPresence.untrack(this, payload.key);
        return {};
      case 'list':
        return RoomPresence.list(this);
      case 'getByKey':
        return { found: RoomPresence.getByKey(this, payload.key) ?? null };
      case 'presenceCalls':
        return { fetches: RoomPresence.fetches.splice(0), diffs: RoomPresence.diffs.splice(0) };
      case 'subscribe':
        return this.subscribe(payload.topic).then(() => ({}));
      case 'trapExit':
        this.trapExit(true);
        return {};
      case 'heard':
        return this.#heard;
      case 'register':
        return this.call(Registrar.at('registrar'), 'put', this.topic, this.self as unknown as Ref<RoomChannel>).then(() => ({}));
      case 'askRegistrar':
        this.cast(Registrar.at('registrar'), 'ask', this.topic);
        return {};
      case 'endRegistrar':
        this.cast(Registrar.at('registrar'), 'endWith', this.topic);
        return {};
      case 'sleep':
        return new Promise((resolve) => setTimeout(resolve, payload.ms, {}));
      case 'stop':
        return stop('normal');
      default:
        throw new Error(`no such event ${event}`);
    }
  }

  /** Requests of other processes. */
  topicOf(): string {
    return this.topic;
  }
  say(text: string): void {
    this.push('said', { text });
  }
  override handleCall(name: string, args: readonly unknown[]): unknown {
    return { unknown: name, args };
  }
  override handleCast(name: string, args: readonly unknown[]): void {
    this.push('cast', { name, args });
  }

  override handleInfo(message: Broadcast | Exit | Down): void {
    this.#heard.push(message.type === 'broadcast' ? message : { type: message.type, reason: message.reason });
  }

  override async terminate(): Promise<void> {
    if (this.topic === 'room:lingers') await new Promise((resolve) => setTimeout(resolve, 60_000));
    console.log(`terminated ${this.topic}`);
  }
}

/** Knows channels, and talks to them as any actor does to any other. */
export class Registrar extends GenServer {
  readonly #channels = new Map<string, Ref<RoomChannel>>();

  put(topic: string, channel: Ref<RoomChannel>): void {
    this.#channels.set(topic, channel);
  }

  /** Calls, casts and sends to a channel; requests that it has a method for, and others. */
  async ask(topic: string): Promise<void> {
    const channel = this.#channels.get(topic);
    if (channel === undefined) return;
    this.send(channel, { type: 'broadcast', topic: 'outside', event: 'note', payload: {} });
    const unknown = channel as unknown as Ref<{ frobnicate(a: number, b: string): unknown; twiddle(n: number): void }>;
    this.cast(unknown, 'twiddle', 3);
    const answers = [await this.call(channel, 'topicOf'), await this.call(unknown, 'frobnicate', 1, 'two')];
    this.cast(channel, 'say', JSON.stringify(answers));
  }

  /** Links to a channel and ends abnormally. */
  async endWith(topic: string): Promise<void> {
    const channel = this.#channels.get(topic);
    if (channel !== undefined) this.link(channel);
    throw new Error('the registrar ended');
  }
}

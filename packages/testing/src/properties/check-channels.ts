import type { Match, RoutesOf, SocketClass, Topics, Typed } from '@rekindle/channels';
import { exit, type Pid } from '@rekindle/kernel';
import type fc from 'fast-check';
import type { TestChannel } from '../channels/test-channel.js';
import { connect, JoinRefused, type TestConnectOptions, type TestSocket } from '../channels/test-socket.js';
import { settle } from '../settle.js';
import { startSupervised, type TestApplication } from '../supervised.js';
import { anotherWorld, type TestWorld } from '../world.js';
import { type ChannelStep, channelSteps, type Weights } from './channel-steps.js';
import { checkSteps, type RunOptions } from './repeat.js';

type ContractsOf<S> = Extract<RoutesOf<S>[keyof RoutesOf<S>], Typed>;
type JoinedAt<Map, T extends string> = Extract<Match<Map, T>, Typed>['join']['reply'];
type EventsIn<C> = C extends Typed ? keyof C['in'] & string : never;
type SentIn<C, E> = C extends Typed ? (E extends keyof C['in'] ? C['in'][E]['sent'] : never) : never;

/** An event that was sent, by name. */
type Pushed<E extends string, Payload> = {
  readonly did: 'push';
  readonly client: number;
  readonly topic: string;
  readonly event: E;
  readonly payload: Payload;
  /** `ok`, `error`, another status, `none` for an event without an answer, `crashed` when the channel has ended over it. */
  readonly status: string;
  readonly response: unknown;
};
type PushedTo<S, E> = E extends string ? Pushed<E, SentIn<ContractsOf<S>, E>> : never;

/**
 * A step that has been taken, and what came of it. Of the class of a socket with contracts, the `event` of a push says what its
 * payload is. A step that was not possible (leaving what was not joined) is none.
 */
export type Happened<S = unknown> =
  | { readonly did: 'join'; readonly client: number; readonly topic: string; readonly reply: unknown }
  | { readonly did: 'refused'; readonly client: number; readonly topic: string; readonly payload: unknown }
  | { readonly did: 'leave' | 'crashChannel'; readonly client: number; readonly topic: string }
  | (unknown extends S ? Pushed<string, unknown> : PushedTo<S, EventsIn<ContractsOf<S>>>)
  | { readonly did: 'cut'; readonly client: number }
  | { readonly did: 'crash'; readonly what: string };

/** The clients of a run, for the conditions that have to hold. */
export interface Clients<S> {
  /** Joins as somebody new; what they are told. */
  join<T extends Topics<RoutesOf<S>>>(topic: T): Promise<JoinedAt<RoutesOf<S>, T>>;
  /** The joined channels of all clients. */
  readonly channels: readonly { readonly client: number; readonly channel: TestChannel }[];
}

/** An application with channels, what happens to it, and what has to hold. */
export interface ChannelProperty<S extends SocketClass, Model> {
  readonly socket: S;
  /** What runs beside the channels: started for each run. */
  readonly application?: TestApplication;
  readonly topics: readonly Topics<RoutesOf<S>>[];
  /** What is sent, by event. */
  readonly push: { readonly [E in EventsIn<ContractsOf<S>>]?: fc.Arbitrary<SentIn<ContractsOf<S>, E>> };
  /** Processes to crash, by the name that steps show. One that is not there is not crashed. */
  readonly crash?: { readonly [what: string]: () => Pid | undefined };
  /** Parameters that a client connects with. Default: `{ name: 'client 0' }` and so on. */
  readonly params?: (client: number) => { readonly [key: string]: unknown };
  /** What `connect` sees beside them: an `authToken`, headers. */
  readonly connectOptions?: TestConnectOptions;
  /** Default 2. */
  readonly clients?: number;
  readonly weights?: Partial<Weights>;
  readonly maxLength?: number;
  /** What should be so, to begin with. */
  model(): Model;
  /** What a step changes in it: by changing it, or by answering another one. */
  after(model: Model, happened: Happened<NoInfer<S>>): Model | void;
  /** Throws unless the application is as the model says. Called at the end of each run, and with `everyStep` after each step. */
  holds(model: Model, clients: Clients<S>): void | Promise<void>;
  readonly everyStep?: boolean;
}

/**
 * Plays random lists of steps (joins, leaves, pushes, crashes of channels and of other processes, lost connections) against
 * the real application, without a port and with virtual time, and checks it against a model. Throws `PropertyFailed` with
 * the shortest list that fails; `FC_SEED` and `FC_PATH`, which it names, repeat it. A step is over when no process has
 * anything left to do: what awaits I/O of its own is not waited for.
 */
export function checkChannels<S extends SocketClass, Model>(property: ChannelProperty<S, Model>, options: RunOptions = {}): Promise<void> {
  const { topics, clients = 2, push, crash = {}, weights, maxLength } = property;
  const steps = channelSteps({
    topics,
    clients,
    push: push as { readonly [event: string]: fc.Arbitrary<unknown> },
    crash: Object.keys(crash),
    ...(weights === undefined ? {} : { weights }),
    ...(maxLength === undefined ? {} : { maxLength }),
  });
  return checkSteps(steps, (list) => play(property, list), options);
}

async function play<S extends SocketClass, Model>(property: ChannelProperty<S, Model>, steps: readonly ChannelStep[]): Promise<void> {
  const world = await anotherWorld(true);
  if (property.application !== undefined) await startSupervised(property.application);
  const player = new Player(property, world);
  let model = property.model();
  for (const step of steps) {
    const all = await player.take(step);
    for (const happened of all) model = (property.after(model, happened as Happened<S>) as Model | undefined) ?? model;
    if (property.everyStep === true && all.length > 0) await property.holds(model, player);
  }
  await property.holds(model, player);
}

/** Numbers of clients that only look. */
const FIRST_OBSERVER = 1000;

class Player<S extends SocketClass> implements Clients<S> {
  readonly #property: Pick<ChannelProperty<S, unknown>, 'socket' | 'params' | 'connectOptions' | 'crash'>;
  readonly #world: TestWorld;
  readonly #sockets = new Map<number, TestSocket>();
  readonly #channels = new Map<string, { client: number; channel: TestChannel }>();
  #observers = 0;

  constructor(property: Pick<ChannelProperty<S, unknown>, 'socket' | 'params' | 'connectOptions' | 'crash'>, world: TestWorld) {
    this.#property = property;
    this.#world = world;
  }

  get channels(): { client: number; channel: TestChannel }[] {
    return [...this.#channels.values()].filter(({ channel }) => channel.state === 'joined');
  }

  /** A function of its own, so that it may be taken out: `({ join }) => ...`. */
  readonly join = async <T extends Topics<RoutesOf<S>>>(topic: T): Promise<JoinedAt<RoutesOf<S>, T>> => {
    const socket = await this.#connect(FIRST_OBSERVER + this.#observers++);
    const { reply } = await socket.joinAny(topic, {});
    socket.cut();
    await settle(this.#world.kernel);
    return reply as JoinedAt<RoutesOf<S>, T>;
  };

  /** What has happened: nothing if the step is not possible. Who has not joined joins to push. */
  async take(step: ChannelStep): Promise<Happened[]> {
    const happened: (Happened | undefined)[] = [];
    if ('push' in step && this.#joined(step.client, step.to) === undefined) happened.push(await this.#join(step.client, step.to));
    happened.push(await this.#take(step));
    await settle(this.#world.kernel);
    return happened.filter((one) => one !== undefined);
  }

  async #take(step: ChannelStep): Promise<Happened | undefined> {
    if ('crash' in step) return this.#crash(step.crash);
    const { client } = step;
    if ('join' in step) return this.#join(client, step.join);
    if ('push' in step) return this.#push(client, step.to, step.push, step.payload);
    if ('cut' in step) return this.#cut(client);
    const topic = 'leave' in step ? step.leave : step.crashChannel;
    const channel = this.#joined(client, topic);
    if (channel === undefined) return undefined;
    await ('leave' in step ? channel.leave() : channel.crash());
    return { did: 'leave' in step ? 'leave' : 'crashChannel', client, topic };
  }

  #cut(client: number): Happened | undefined {
    const socket = this.#sockets.get(client);
    if (socket === undefined) return undefined;
    socket.cut();
    this.#sockets.delete(client);
    return { did: 'cut', client };
  }

  async #join(client: number, topic: string): Promise<Happened> {
    const socket = this.#sockets.get(client) ?? (await this.#connect(client));
    this.#sockets.set(client, socket);
    try {
      const { channel, reply } = await socket.joinAny(topic, {});
      this.#channels.set(`${client} ${topic}`, { client, channel });
      return { did: 'join', client, topic, reply };
    } catch (error) {
      if (!(error instanceof JoinRefused)) throw error;
      return { did: 'refused', client, topic, payload: error.payload };
    }
  }

  async #push(client: number, topic: string, event: string, payload: unknown): Promise<Happened | undefined> {
    const channel = this.#joined(client, topic);
    if (channel === undefined) return undefined;
    const push = channel.pushAnything(event, payload);
    await settle(this.#world.kernel);
    const status = push.reply?.status ?? (channel.state === 'joined' ? 'none' : 'crashed');
    return { did: 'push', client, topic, event, payload, status, response: push.reply?.response };
  }

  #crash(what: string): Happened | undefined {
    const pid = this.#property.crash?.[what]?.();
    if (pid === undefined) return undefined;
    exit(pid, 'kill');
    return { did: 'crash', what };
  }

  #joined(client: number, topic: string): TestChannel | undefined {
    const channel = this.#channels.get(`${client} ${topic}`)?.channel;
    return channel?.state === 'joined' ? channel : undefined;
  }

  #connect(client: number): Promise<TestSocket> {
    const { socket, params = (number: number) => ({ name: `client ${number}` }), connectOptions } = this.#property;
    return connect(socket, params(client), connectOptions) as Promise<TestSocket>;
  }
}

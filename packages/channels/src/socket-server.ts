import { type Pid, Stop } from '@rekindle/kernel';
import {
  addWatcher,
  awaitPromise,
  condemn,
  deliver,
  type Launchable,
  launch,
  type Proc,
  type Server,
  Start,
  type Starter,
  Wait,
} from '@rekindle/kernel/internal';
import type { Payload } from '@rekindle/pubsub';
import { isTopic } from '@rekindle/pubsub/internal';
import { FORBIDDEN, originPasses, refusalOf } from './admission.js';
import { ANSWER } from './ask.js';
import type { JoinRequest } from './channel-behaviour.js';
import { optionsOf } from './channel-options.js';
import type { ChannelRuntime } from './channel-runtime.js';
import { ChannelState } from './channel-state.js';
import { connectInfo } from './connect-info.js';
import type { SocketEntry } from './connection-host.js';
import { Closed, Leave, Push, Slow } from './envelopes.js';
import { Expired, Expiry } from './expiry.js';
import type { Accepted, GatewayLink, OpenRequest, Refusal } from './link.js';
import { type RateLimit, REFUSED } from './rate-limit.js';
import { isSentReply, PushRef } from './reply-ref.js';
import { reportBadFrame, reportFlood } from './reports.js';
import { SmallMap } from './small-map.js';
import { type AnySocket, type ChannelConstructor, type ConnectInfo, isErrorReply, routeOf, setAssigns } from './socket.js';
import { type ChannelJoined, channelJoined, type SocketConnected, socketConnected } from './telemetry.js';
import { takeCursor } from './topics/recovery.js';
import { decodeQuery, type Frame, type Message, type Serializer } from './wire/index.js';

/** What a socket process is started with. */
export interface SocketStart {
  readonly runtime: ChannelRuntime;
  readonly entry: SocketEntry;
  readonly open: OpenRequest;
  /** Set when the connection was accepted before, by a thread that has died since. */
  readonly accepted: Accepted | undefined;
}

/** The frames of a long-poll request are all handled when this is. */
export class BatchEnd {
  readonly batch: number;
  constructor(batch: number) {
    this.batch = batch;
  }
}

/** The connection is gone. It comes after the frames that the client sent before. */
export const GONE: unique symbol = Symbol('gone');

const UNMATCHED = '{"reason":"unmatched topic"}';
const CRASHED = '{"reason":"join crashed"}';
const TOO_MANY = '{"reason":"too many channels joined"}';
const JOINS_LIMITED = '{"reason":"too many joins"}';
const EVENTS_LIMITED = '{"reason":"too many events"}';

const refused = new Stop('normal', false, undefined);
const gone = new Stop({ shutdown: 'closed' }, false, undefined);
const badFrame = new Stop({ shutdown: 'bad frame' }, false, undefined);
const expired = new Stop({ shutdown: 'expired' }, false, undefined);
const flood = new Stop({ shutdown: 'flood' }, false, undefined);

/** `policy violation`: what the client does is not allowed. Stock clients come back after a while. */
const CLOSE_FLOOD = 1008;

/** The same, for what holds no longer: stock clients come back, with the params that they are given then. */
const CLOSE_EXPIRED = 1008;

/** The encoded assigns must be small: the gateway keeps them for every connection. */
const MAX_ASSIGNS_BYTES = 2048;

/**
 * The process of one connection: lets the client in, decodes its frames and hands them to the channels of their topics. A
 * join holds up what the client sends after it; channels do not wait for one another.
 */
export class SocketServer implements Server {
  readonly proc: Proc;
  readonly runtime: ChannelRuntime;
  readonly link: GatewayLink;
  readonly connection: number;
  serializer!: Serializer;
  readonly #start: SocketStart;
  readonly #socket: AnySocket;
  readonly #channels = new SmallMap<ChannelState>();
  #joining: { state: ChannelState; replaces: ChannelState | undefined } | null = null;
  #open = false;
  /** The connection is gone: nothing is sent any more. */
  #closed = false;
  /** Bytes that wait to be sent to the client, as the gateway said last. */
  bufferedBytes = 0;
  #expiry: Expiry | null = null;
  // States of rate limits.
  #joins = 0;
  #events = 0;
  #refusals = 0;

  constructor(proc: Proc) {
    const start = (proc.owed as Start).args as SocketStart;
    this.proc = proc;
    this.#start = start;
    this.runtime = start.runtime;
    this.link = start.runtime.link;
    this.connection = start.open.connection;
    this.#socket = new start.entry.Class();
  }

  get id(): string | undefined {
    return this.#socket.id();
  }

  get assigns(): object {
    return this.#socket.assigns;
  }

  systemGetState(): { assigns: object; transport: string; topics: string[] } {
    return { assigns: this.assigns, transport: this.transport, topics: [...this.#channels.keys()] };
  }

  systemReplaceState(state: unknown): void {
    setAssigns(this.#socket, (state as { assigns: object }).assigns);
  }

  /** The client has been let in. */
  get isOpen(): boolean {
    return this.#open;
  }

  get transport(): 'websocket' | 'longpoll' | 'sse' {
    return this.#start.open.transport;
  }

  *init(): Generator<Wait, unknown, unknown> {
    const { open, accepted, entry } = this.#start;
    const params = decodeQuery(open.query);
    const serializer = open.transport === 'sse' ? entry.serializers.named('sse') : entry.serializers.forVersion(params.vsn);
    if (serializer === null || (serializer.isBinary === true && open.transport === 'longpoll')) return this.#refuse(FORBIDDEN);
    this.serializer = serializer;
    if (accepted?.assigns !== undefined) {
      setAssigns(this.#socket, this.runtime.codec.decode(accepted.assigns) as object);
      this.#open = true;
      this.#watchExpiry();
      return undefined;
    }
    if (!URL.canParse(open.uri)) return this.#refuse({ status: 400 }); // a Host that is none
    const began = socketConnected.hasSubscribers ? performance.now() : 0;
    const info = connectInfo(open, serializer.name);
    let assigns: unknown;
    try {
      let passes: unknown = originPasses(entry.admission.checkOrigin, open.origin, open.path, open.uri);
      if (passes instanceof Promise) passes = yield* awaitPromise(this.proc, passes);
      if (passes !== true) {
        this.link.count('originsRefused');
        return this.#refuse(FORBIDDEN);
      }
      assigns = this.#socket.connect(params, info);
      if (assigns instanceof Promise) assigns = yield* awaitPromise(this.proc, assigns);
      if (isErrorReply(assigns)) {
        this.link.count('connectsRefused');
        this.#connected(began, info, params, 'error');
        return this.#refuse(refusalOf(entry.admission.errorHandler, assigns.payload));
      }
    } catch (error) {
      this.#refuse({ status: 500 });
      throw error;
    }
    setAssigns(this.#socket, (assigns ?? {}) as object);
    this.#connected(began, info, params, 'ok');
    this.#open = true;
    this.#accept();
    return undefined;
  }

  /** Tells the gateway what to keep of the connection. */
  #accept(): void {
    this.link.accept(this.connection, { serializer: this.serializer.name, id: this.#socket.id(), assigns: this.#encodeAssigns() });
    this.#watchExpiry();
  }

  #watchExpiry(): void {
    const at = this.#socket.expiresAt?.();
    if (at === undefined && this.#expiry === null) return;
    this.#expiry ??= new Expiry(this.proc);
    this.#expiry.set(at);
  }

  /** The client shows something newer than what it was let in with. */
  *#refresh(message: Message): Generator<Wait, undefined, unknown> {
    const params = typeof message.payload === 'object' && message.payload !== null ? message.payload : {};
    let assigns = this.#socket.refresh?.(params as { readonly [key: string]: unknown });
    if (assigns instanceof Promise) assigns = yield* awaitPromise(this.proc, assigns);
    if (isErrorReply(assigns)) {
      this.#reply('null', message, 'error', JSON.stringify(assigns.payload));
      return undefined;
    }
    setAssigns(this.#socket, (assigns ?? {}) as object);
    this.#accept();
    this.#reply('null', message, 'ok', '{}');
    return undefined;
  }

  #expired(): unknown {
    const assigns = this.#socket.expired?.();
    if (assigns === undefined) {
      this.link.close(this.connection, CLOSE_EXPIRED, 'expired');
      this.closed();
      return expired;
    }
    setAssigns(this.#socket, assigns);
    this.#accept();
    return undefined;
  }

  #refuse(refusal: Refusal): Stop<unknown> {
    this.#closed = true;
    this.link.refuse(this.connection, refusal);
    return refused;
  }

  #connected(began: number, info: ConnectInfo, params: { readonly [key: string]: unknown }, result: 'ok' | 'error'): void {
    if (began === 0) return;
    socketConnected.publish({
      duration: performance.now() - began,
      params,
      connectInfo: info,
      vsn: typeof params.vsn === 'string' ? params.vsn : '1.0.0',
      userSocket: this.#start.entry.Class.name,
      transport: info.transport,
      serializer: info.serializer,
      result,
    } satisfies SocketConnected);
  }

  #encodeAssigns(): Uint8Array | undefined {
    if (!this.link.keepsAssigns) return undefined;
    try {
      const bytes = this.runtime.codec.encode(this.#socket.assigns);
      return bytes.length <= MAX_ASSIGNS_BYTES ? Uint8Array.from(bytes) : undefined;
    } catch {
      return undefined;
    }
  }

  // ---------------------------------------------------------------- frames in

  /** A frame from the client: text, or bytes. */
  handleInfo(frame: unknown): unknown {
    if (typeof frame !== 'string' && !(frame instanceof Uint8Array)) {
      if (frame === GONE) {
        this.closed();
        return gone;
      }
      if (frame instanceof Expired) return this.#expired();
      if (frame instanceof BatchEnd) this.link.acknowledge(this.connection, frame.batch);
      else if (isSentReply(frame)) this.send(this.serializer.reply(frame.joinRef, frame.ref, frame.topic, frame.status, frame.payload));
      return undefined;
    }
    const message = typeof frame === 'string' ? this.serializer.decodeText(frame) : this.serializer.decodeBinary(frame);
    if (message === null) {
      this.link.count('badFrames');
      this.#reportBadFrame(frame, typeof frame === 'string' ? 'text' : 'binary');
      this.link.close(this.connection, 1011, '');
      this.closed();
      return badFrame;
    }
    return this.#route(message);
  }

  #reportBadFrame({ length }: string | Uint8Array, kind: 'text' | 'binary'): void {
    const { peer, path } = this.#start.open;
    reportBadFrame(() => ({ peer, path, kind, length, expected: this.serializer.expects }));
  }

  #route(message: Message): unknown {
    const { topic, event } = message;
    if (typeof topic !== 'string') {
      this.#reply('null', message, 'error', UNMATCHED);
      return undefined;
    }
    const channel = this.#channels.get(topic);
    if (event === 'phx_join') return this.#join(message, topic, channel);
    const { events } = this.#start.entry;
    if (events !== null) {
      const state = events.take(this.#events, Math.floor(this.runtime.kernel.turns.now));
      if (state !== REFUSED) this.#events = state;
      else if (event !== 'phx_leave') return this.#limited(message, 'eventsLimited', EVENTS_LIMITED, events);
    }
    if (channel !== undefined) this.#toChannel(channel, message);
    else if (topic === 'phoenix' && event === 'heartbeat') this.#reply('null', message, 'ok', '{}');
    else if (topic === 'phoenix' && event === 'refresh' && this.#socket.refresh !== undefined) return this.#refresh(message);
    else if (event === 'phx_leave') this.#reply(JSON.stringify(message.joinRef), message, 'ok', '{}');
    else this.#reply('null', message, 'error', UNMATCHED);
    return undefined;
  }

  #toChannel(channel: ChannelState, { joinRef, ref, event, payload }: Message): void {
    if (joinRef !== null && joinRef !== channel.joinRef) return; // stale: meant for a join that is over
    if (event === ANSWER) {
      channel.answered(payload);
      return;
    }
    const proc = channel.proc as Proc;
    const pushRef = new PushRef(channel, ref);
    if (proc.mailboxLength >= channel.maxMailbox) {
      this.link.count('mailboxesOverflowed');
      condemn(proc, { mailbox_overflow: channel.maxMailbox });
    } else deliver(proc, event === 'phx_leave' ? new Leave(pushRef) : new Push(event, payload, pushRef));
  }

  /** The client is told that it was too much; one that goes on all the same, as fast as it would be allowed to, is cut off. */
  #limited(message: Message, counter: 'joinsLimited' | 'eventsLimited', payload: string, rate: RateLimit): unknown {
    this.link.count(counter);
    const state = rate.take(this.#refusals, Math.floor(this.runtime.kernel.turns.now));
    if (state !== REFUSED) {
      this.#refusals = state;
      this.#reply(JSON.stringify(message.joinRef), message, 'error', payload);
      return undefined;
    }
    this.link.count('floodsClosed');
    reportFlood(() => ({ peer: this.#start.open.peer, path: this.#start.open.path, limit: counter }));
    this.link.close(this.connection, CLOSE_FLOOD, 'too much');
    this.closed();
    return flood;
  }

  #reply(joinRef: string, { ref, topic }: Message, status: string, payload: string): void {
    this.send(this.serializer.reply(joinRef, JSON.stringify(ref), JSON.stringify(topic), status, payload));
  }

  // ---------------------------------------------------------------- joins

  #join(message: Message, topic: string, replaces: ChannelState | undefined): unknown {
    const { entry } = this.#start;
    if (entry.joins !== null) {
      const state = entry.joins.take(this.#joins, Math.floor(this.runtime.kernel.turns.now));
      if (state === REFUSED) return this.#limited(message, 'joinsLimited', JOINS_LIMITED, entry.joins);
      this.#joins = state;
    }
    const Class = isTopic(topic) ? routeOf(entry.Class.channels, topic) : undefined;
    if (Class === undefined) this.#reply('null', message, 'error', UNMATCHED);
    else if (replaces === undefined && this.#channels.size >= entry.maxChannels) {
      this.link.count('channelsLimited');
      this.#reply(JSON.stringify(message.joinRef), message, 'error', TOO_MANY);
    } else return this.#startChannel(Class, message, topic, replaces);
    return undefined;
  }

  /** Ends the channel that the new one replaces, starts the new one and waits for its answer. */
  *#startChannel(
    Class: ChannelConstructor,
    message: Message,
    topic: string,
    replaces: ChannelState | undefined,
  ): Generator<Wait, undefined, unknown> {
    if (replaces !== undefined) {
      replaces.ended = true;
      this.#channels.delete(topic);
      condemn(replaces.proc as Proc, 'shutdown');
    }
    const { maxMailbox, policy } = optionsOf(Class);
    const { params, kept } = takeCursor(message.payload, policy);
    const state = new ChannelState(this, topic, message.joinRef, message.ref, maxMailbox, kept);
    const began = channelJoined.hasSubscribers ? performance.now() : 0;
    const wait = new Wait(this.proc);
    this.#joining = { state, replaces };
    const starter = new JoinReport(this, state, wait);
    const request: JoinRequest = { state, params };
    const { kernel, host } = this.runtime;
    const proc = launch(kernel, Class as unknown as Launchable, new Start(request, undefined, starter), host.channels, true);
    state.proc = proc; // before its first turn: the connection may be gone by then, and the channel has to hear of it
    host.adoptChannel(Class, proc.pid);
    addWatcher(proc, state);
    yield* wait.value();
    this.#joining = null;
    if (began > 0) this.#reportJoin(began, Class, topic, params, this.#channels.get(topic) === state ? 'ok' : 'error');
    return undefined;
  }

  #reportJoin(began: number, Class: ChannelConstructor, topic: string, params: unknown, result: 'ok' | 'error'): void {
    channelJoined.publish({
      duration: performance.now() - began,
      params,
      topic,
      channel: Class.name,
      transport: this.transport,
      serializer: this.serializer.name,
      result,
    } satisfies ChannelJoined);
  }

  /** The channel has let the client in; called by the channel process, so that nothing it sends comes before the answer. */
  joined(state: ChannelState, reply: Payload, intercepts: readonly string[]): void {
    state.joined(reply, intercepts);
    this.#channels.set(state.topic, state);
    this.#endReplaced();
  }

  refused(state: ChannelState, payload: Payload): void {
    state.ended = true;
    state.joinReply('error', payload);
    this.#endReplaced();
  }

  crashed(state: ChannelState): void {
    if (state.ended) return;
    this.refused(state, CRASHED);
  }

  #endReplaced(): void {
    this.#joining?.replaces?.tellEnd('phx_close');
  }

  /** The process that serves a topic. */
  channelAt(topic: string): Pid | undefined {
    return this.#channels.get(topic)?.proc?.pid;
  }

  /** The topic is not the channel's any more. */
  forget(state: ChannelState): void {
    if (this.#channels.get(state.topic) === state) this.#channels.delete(state.topic);
  }

  /** The channel process has ended; unless another one has taken the topic, its events stop. */
  channelEnded(state: ChannelState): void {
    const { topic } = state;
    const successor = this.#channels.get(topic) ?? this.#joining?.state;
    if (successor === undefined || successor === state || successor.topic !== topic) this.link.leave(this.connection, topic);
  }

  // ---------------------------------------------------------------- frames out

  send(frame: Frame): void {
    if (!this.#closed) this.link.send(this.connection, frame);
  }

  /** A broadcast of a topic to this client alone, if it has joined. */
  toClient(topic: string, event: string, payload: string): void {
    if (this.#channels.has(topic)) this.send(this.serializer.broadcast(topic, event, payload));
  }

  /** The gateway says how much waits for the client. The channels hear of it when it becomes much, once until it is little again. */
  pressure(bufferedBytes: number): void {
    const { slowBytes } = this.#start.entry;
    const becomes = bufferedBytes >= slowBytes && this.bufferedBytes < slowBytes;
    this.bufferedBytes = bufferedBytes;
    if (!becomes) return;
    for (const { proc, hearsOfSlowness } of this.#channels.values()) {
      if (hearsOfSlowness && proc !== null) deliver(proc, new Slow(bufferedBytes));
    }
  }

  /** The connection is gone: its channels stop with `{ shutdown: 'closed' }`. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    const joining = this.#joining === null ? [] : [this.#joining.state];
    for (const state of [...this.#channels.values(), ...joining]) {
      state.ended = true;
      if (state.proc !== null) deliver(state.proc, new Closed());
    }
    this.#channels.clear();
  }

  terminate(): void {
    this.closed();
  }

  handleCall(): undefined {
    return undefined;
  }
  handleCast(): undefined {
    return undefined;
  }
  handleContinue(): undefined {
    return undefined;
  }
}

class JoinReport implements Starter {
  readonly #socket: SocketServer;
  readonly #state: ChannelState;
  readonly #wait: Wait;

  constructor(socket: SocketServer, state: ChannelState, wait: Wait) {
    this.#socket = socket;
    this.#state = state;
    this.#wait = wait;
  }

  started(): void {
    this.#wait.wake(undefined);
  }

  /** The channel has refused the client, and has said so. */
  ignored(): void {
    this.#wait.wake(undefined);
  }

  failed(): void {
    try {
      this.#socket.crashed(this.#state);
    } finally {
      this.#wait.wake(undefined); // also when a serializer cannot say it
    }
  }
}

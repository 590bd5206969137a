import { Stop } from '@rekindle/kernel';
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
import type { JoinRequest } from './channel-behaviour.js';
import type { ChannelRuntime } from './channel-runtime.js';
import { ChannelState } from './channel-state.js';
import { connectInfo } from './connect-info.js';
import { Closed, Leave, Push } from './envelopes.js';
import type { Accepted, GatewayLink, OpenRequest } from './link.js';
import { PushRef } from './reply-ref.js';
import { reportBadFrame } from './reports.js';
import { type AnySocket, type ChannelConstructor, isErrorReply, routeOf, type SocketClass, setAssigns } from './socket.js';
import { decodeQuery, type Frame, type Message, type Serializer, serializerFor } from './wire/index.js';

/** What a socket process is started with. */
export interface SocketStart {
  readonly runtime: ChannelRuntime;
  readonly Class: SocketClass;
  readonly open: OpenRequest;
  /** Set when the connection was accepted before, by a thread that has died since. */
  readonly accepted: Accepted | undefined;
  readonly maxChannels: number;
}

/** The frames of a long-poll request are all handled when this is. */
export class BatchEnd {
  readonly batch: number;
  constructor(batch: number) {
    this.batch = batch;
  }
}

/** A channel process with more messages than this waiting is crashed. */
const MAX_MAILBOX = 10_000;

const UNMATCHED = '{"reason":"unmatched topic"}';
const CRASHED = '{"reason":"join crashed"}';
const TOO_MANY = '{"reason":"too many channels joined"}';

const refused = new Stop('normal', false, undefined);
const badFrame = new Stop({ shutdown: 'bad frame' }, false, undefined);

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
  readonly #channels = new Map<string, ChannelState>();
  #joining: { state: ChannelState; replaces: ChannelState | undefined } | null = null;
  /** The connection is gone: nothing is sent any more. */
  #closed = false;

  constructor(proc: Proc) {
    const start = (proc.owed as Start).args as SocketStart;
    this.proc = proc;
    this.#start = start;
    this.runtime = start.runtime;
    this.link = start.runtime.link;
    this.connection = start.open.connection;
    this.#socket = new start.Class();
  }

  get assigns(): object {
    return this.#socket.assigns;
  }

  get transport(): 'websocket' | 'longpoll' | 'sse' {
    return this.#start.open.transport;
  }

  *init(): Generator<Wait, unknown, unknown> {
    const { open, accepted } = this.#start;
    const params = decodeQuery(open.query);
    const serializer = serializerFor(params.vsn);
    if (serializer === null) return this.#refuse(403);
    this.serializer = serializer;
    if (accepted?.assigns !== undefined) {
      setAssigns(this.#socket, this.runtime.codec.decode(accepted.assigns) as object);
      return undefined;
    }
    let assigns: unknown;
    try {
      assigns = this.#socket.connect(params, connectInfo(open));
      if (assigns instanceof Promise) assigns = yield* awaitPromise(this.proc, assigns);
    } catch (error) {
      this.#refuse(500);
      throw error;
    }
    if (isErrorReply(assigns)) return this.#refuse(403);
    setAssigns(this.#socket, (assigns ?? {}) as object);
    this.link.accept(this.connection, { serializer: serializer.name, id: this.#socket.id(), assigns: this.#encodeAssigns() });
    return undefined;
  }

  #refuse(status: number): Stop<unknown> {
    this.#closed = true;
    this.link.refuse(this.connection, status);
    return refused;
  }

  #encodeAssigns(): Uint8Array | undefined {
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
    if (frame instanceof BatchEnd) {
      this.link.acknowledge(this.connection, frame.batch);
      return undefined;
    }
    const message = typeof frame === 'string' ? this.serializer.decodeText(frame) : this.serializer.decodeBinary(frame as Uint8Array);
    if (message === null) {
      this.#reportBadFrame(frame as string | Uint8Array, typeof frame === 'string' ? 'text' : 'binary');
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
    if (channel !== undefined) this.#toChannel(channel, message);
    else if (topic === 'phoenix' && event === 'heartbeat') this.#reply('null', message, 'ok', '{}');
    else if (event === 'phx_leave') this.#reply(JSON.stringify(message.joinRef), message, 'ok', '{}');
    else this.#reply('null', message, 'error', UNMATCHED);
    return undefined;
  }

  #toChannel(channel: ChannelState, { joinRef, ref, event, payload }: Message): void {
    if (joinRef !== null && joinRef !== channel.joinRef) return; // stale: meant for a join that is over
    const proc = channel.proc as Proc;
    const pushRef = new PushRef(channel, ref);
    if (proc.mailboxLength >= MAX_MAILBOX) condemn(proc, { mailbox_overflow: MAX_MAILBOX });
    else deliver(proc, event === 'phx_leave' ? new Leave(pushRef) : new Push(event, payload, pushRef));
  }

  #reply(joinRef: string, { ref, topic }: Message, status: string, payload: string): void {
    this.send(this.serializer.reply(joinRef, JSON.stringify(ref), JSON.stringify(topic), status, payload));
  }

  // ---------------------------------------------------------------- joins

  #join(message: Message, topic: string, replaces: ChannelState | undefined): unknown {
    const Class = isTopic(topic) ? routeOf(this.#start.Class.channels, topic) : undefined;
    if (Class === undefined) this.#reply('null', message, 'error', UNMATCHED);
    else if (replaces === undefined && this.#channels.size >= this.#start.maxChannels) {
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
    const state = new ChannelState(this, topic, message.joinRef, message.ref);
    const wait = new Wait(this.proc);
    this.#joining = { state, replaces };
    const starter = new JoinReport(this, state, wait);
    const request: JoinRequest = { state, params: message.payload };
    const { kernel, host } = this.runtime;
    const proc = launch(kernel, Class as unknown as Launchable, new Start(request, undefined, starter), host.channels, true);
    host.adoptChannel(Class, proc.pid);
    addWatcher(proc, state);
    yield* wait.value();
    this.#joining = null;
    return undefined;
  }

  /** The channel has let the client in; called by the channel process, so that nothing it sends comes before the answer. */
  joined(state: ChannelState, reply: Payload, intercepts: readonly string[]): void {
    this.#channels.set(state.topic, state);
    state.subscribe(intercepts);
    state.joinReply('ok', reply);
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
    this.#socket.crashed(this.#state);
    this.#wait.wake(undefined);
  }
}

import type { AnyProcess, Later, NoReply, Stop } from '@rekindle/kernel';
import { Process } from '@rekindle/kernel';
import { BASE, type Behaviour, makeBehaviour, PROC } from '@rekindle/kernel/internal';
import type { AskOptions } from './ask.js';
import { ChannelBehaviour } from './channel-behaviour.js';
import type { ChannelOptions } from './channel-options.js';
import { runtime } from './channel-runtime.js';
import { type ChannelState, STATE, takeState } from './channel-state.js';
import type { Contract, Typed } from './contract.js';
import { encodePayload } from './payload.js';
import type { ReplyRef } from './reply-ref.js';
import type { AnySocket, AssignsOf, ErrorReply } from './socket.js';

/** A channel whose contract is not declared: any event, any payload. */
export interface Untyped extends Typed {
  join: { sent: unknown; params: unknown; reply: unknown; error: unknown };
  in: { [event: string]: { sent: unknown; payload: unknown; reply: unknown; error: unknown } };
  out: { [event: string]: unknown };
  meta: unknown;
}

interface ChannelTypes<C extends Typed> {
  contract: C;
  info: unknown;
}

/**
 * One process per client and topic: it crashes alone, its fields are its state. `C` is the contract's types, `S` the socket
 * class that owns the assigns. Handlers of incoming events stand in `static handleIn`, or in a method `handleIn(event,
 * payload, ref)` for a channel without a contract. Phoenix: `Phoenix.Channel`.
 */
export abstract class Channel<C extends Typed = Untyped, S extends AnySocket = AnySocket> extends Process<ChannelTypes<C>> {
  static override readonly [BASE] = true;

  /** How the processes of this class are supervised. */
  static readonly options?: ChannelOptions;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    return new ChannelBehaviour(this as new () => Channel);
  }

  /** @internal */
  readonly [STATE]: ChannelState;

  constructor() {
    super();
    this[STATE] = takeState();
  }

  /** The topic the client joined. */
  get topic(): string {
    return this[STATE].topic;
  }

  /** How the client is connected. */
  get transport(): 'websocket' | 'longpoll' | 'sse' {
    return this[STATE].socket.transport;
  }

  /** What the socket's `connect` answered. */
  protected get assigns(): AssignsOf<S> {
    return this[STATE].socket.assigns as AssignsOf<S>;
  }

  /** The connection that the channel shares with the client's other channels. Phoenix: `socket`. */
  protected get socket(): ChannelSocket {
    return this[STATE].socket;
  }

  /**
   * The client reads more slowly than it is sent to: a quarter of the endpoint's `maxBufferedBytes` waits for it. Called once,
   * as a message to this process, and again only after the backlog has become small. Send less: at the limit the client is
   * cut off.
   */
  onSlow?(bufferedBytes: number): Later<void>;

  /** Lets the client in (a plain value is the reply) or not (`error(...)`). While it runs the connection waits. */
  abstract join(topic: string, params: C['join']['params']): Later<C['join']['reply'] | ErrorReply<C['join']['error']>>;

  /** Sends an event to this client. The payload must be an object, or bytes. */
  protected push<E extends keyof C['out']>(event: E & string, payload: C['out'][E]): void {
    if (this[PROC].alive) this[STATE].push(event, encodePayload(payload));
  }

  /**
   * Asks this client, and waits for what it answers: its response, which nobody has checked. Rejects with `AskError`: `timeout`, or
   * `refused` when the client answers with an error. A handler that awaits it takes no events meanwhile. The client answers with
   * `onAsk` of `@rekindle/client`.
   */
  protected ask(event: string, payload: object, options: AskOptions = {}): Promise<unknown> {
    const state = this[STATE];
    if (!this[PROC].alive) return new Promise(() => {});
    return state.questions.ask(this[PROC], event, encodePayload(payload), options, (name, text) => state.push(name, text));
  }

  /** Sends an event to all clients of the topic on all nodes, this one included. */
  protected broadcast<E extends keyof C['out']>(event: E & string, payload: C['out'][E]): void {
    if (this[PROC].alive) this[STATE].broadcast(event, encodePayload(payload));
  }

  /** Sends an event to all clients of the topic except this one. */
  protected broadcastFrom<E extends keyof C['out']>(event: E & string, payload: C['out'][E]): void {
    if (this[PROC].alive) this[STATE].broadcastFrom(event, encodePayload(payload));
  }

  /** Gets the events of another topic too, as messages `{ type: 'broadcast', topic, event, payload }`. */
  protected subscribe(topic: string): Promise<void> {
    return runtime(this[PROC].kernel).pubsub.subscribe(topic, this[PROC].pid);
  }

  protected unsubscribe(topic: string): void {
    runtime(this[PROC].kernel).pubsub.unsubscribe(topic, this[PROC].pid);
  }

  /** For code outside any channel: HTTP handlers, other processes. Phoenix: `Endpoint.broadcast/3`. */
  static broadcast<Ch extends AnyChannel, E extends keyof TypesIn<Ch>['out'] & string>(
    this: new () => Ch,
    topic: string,
    event: E,
    payload: TypesIn<Ch>['out'][E],
  ): void {
    broadcast(topic, event, payload);
  }
}

/** A client's connection, as its channels see it. */
export interface ChannelSocket {
  readonly transport: 'websocket' | 'longpoll' | 'sse';
  /** What the socket's `id()` answers. */
  readonly id: string | undefined;
  /**
   * Bytes that wait to be sent to the client, as the gateway last told; 0 while the client keeps up. The gateway tells of
   * changes by a sixteenth of the endpoint's `maxBufferedBytes`, so this lags behind what the handler has just sent.
   */
  readonly bufferedBytes: number;
}

/** Sends an event to all clients of a topic on all nodes. Phoenix: `Endpoint.broadcast/3`. */
export function broadcast(topic: string, event: string, payload: unknown): void {
  runtime().pubsub.broadcastEvent(topic, event, encodePayload(payload));
}

/** Sends an event to all clients of a topic that are connected to this node. */
export function localBroadcast(topic: string, event: string, payload: unknown): void {
  runtime().pubsub.broadcastEvent(topic, event, encodePayload(payload), 'node');
}

/** Closes all connections whose socket's `id()` is that, on all nodes. */
export function disconnect(id: string): void {
  broadcast(id, 'disconnect', {});
}

/** Any channel, whatever its contract. */
export interface AnyChannel extends AnyProcess {
  readonly topic: string;
}

type TypesIn<Ch> = Ch extends Channel<infer C, infer _S> ? C : never;

type HandlerOf<Ch, X extends Typed['in'][string]> = (
  this: Ch,
  payload: X['payload'],
  ref: ReplyRef<X['reply'], X['error']>,
) => Later<X['reply'] | ErrorReply<X['error']> | NoReply<X['reply']> | Stop<X['reply']>>;

/** One method per incoming event of the contract; payload, reply and `this` are inferred. */
export type HandleIn<Ch, C extends Typed = TypesIn<Ch>> = { [E in keyof C['in']]: HandlerOf<Ch, C['in'][E]> };

/** Outgoing events to look at per receiver; the keys are Phoenix's `intercept` list. */
export type HandleOut<Ch, C extends Typed = TypesIn<Ch>> = {
  [E in keyof C['out']]?: (this: Ch, payload: C['out'][E]) => Later<void | Stop<never>>;
};

/** A channel class as `routes` takes it: with the contract and handlers its types promise, or with neither. */
export type ChannelClass<Ch> = (new () => Ch) &
  (Untyped extends TypesIn<Ch> ? unknown : { readonly contract: Contract<TypesIn<Ch>>; readonly handleIn: HandleIn<Ch> });

export type ContractAt<T> = { [P in keyof T]: TypesIn<T[P]> };

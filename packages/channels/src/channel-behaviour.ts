import { isOrderly, NoReply, Outcome, Process, Reply, Stop } from '@rekindle/kernel';
import {
  construct,
  deliver,
  die,
  type Envelope,
  INIT,
  Next,
  OTHER,
  type Proc,
  type Server,
  ServerBehaviour,
  type Start,
} from '@rekindle/kernel/internal';
import { payloadOf, type Receive } from '@rekindle/pubsub/internal';
import type { Channel } from './channel.js';
import { type ChannelState, STATE, withState } from './channel-state.js';
import { type Contract, payloadSchema, type Validated, validate } from './contract.js';
import { Closed, Leave, Outgoing, Push, Slow } from './envelopes.js';
import { encodeReply } from './payload.js';
import { PushRef, StatusReply } from './reply-ref.js';
import { error, isErrorReply } from './socket.js';
import { type ChannelHandledIn, channelHandledIn } from './telemetry.js';

/** What a channel process is started with. */
export interface JoinRequest {
  readonly state: ChannelState;
  readonly params: unknown;
}

type Handler = (this: unknown, payload: unknown, ref: PushRef) => unknown;
type Table = { readonly [event: string]: Handler };

interface ChannelStatics {
  readonly contract?: Contract;
  readonly handleIn?: Table;
  readonly handleOut?: Table;
  readonly intercept?: readonly string[];
}

/** What the kernel sees of a channel instance. */
interface Instance extends Server {
  readonly [STATE]: ChannelState;
  join(topic: string, params: unknown): unknown;
  handleIn?(event: string, payload: unknown, ref: PushRef): unknown;
  handleOut?(event: string, payload: unknown): unknown;
  onSlow?(bufferedBytes: number): unknown;
}

/** A client sent an event for which the channel has no handler. OTP: no function clause matches. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** The loop of a channel: a GenServer that also joins, takes a client's events, and looks at outgoing ones. */
export class ChannelBehaviour extends ServerBehaviour {
  readonly #contract: Contract | undefined;
  readonly #in: Table | undefined;
  readonly #out: Table | undefined;
  /** Events of the topic that go through the process instead of straight to the client. */
  readonly #intercepts: ReadonlySet<string>;

  /** One for all channels of the class. */
  readonly #intercept: Receive = (_topic, content, { proc }) => {
    if (content.kind === 'event' && this.#intercepts.has(content.event)) deliver(proc, new Outgoing(content));
  };

  constructor(Class: new () => Channel) {
    const terminates = Class.prototype.terminate !== Process.prototype.terminate;
    const create = (proc: Proc): Server => {
      const { state } = (proc.owed as Start).args as JoinRequest;
      return withState(state, () => construct(Class, proc)) as unknown as Server;
    };
    super(Class.name, Class, create, terminates, false);
    const { contract, handleIn, handleOut, intercept } = Class as unknown as ChannelStatics;
    this.#contract = contract;
    this.#in = handleIn;
    this.#out = handleOut;
    this.#intercepts = new Set(handleOut === undefined ? intercept : Object.keys(handleOut));
  }

  protected override start(proc: Proc): void {
    const { state, params } = (proc.owed as Start).args as JoinRequest;
    state.proc = proc;
    const channel = this.create(proc) as Instance;
    proc.instance = channel;
    state.hearsOfSlowness = channel.onSlow !== undefined;
    this.enter(INIT);
    const schema = this.#contract?.declaration.join?.params;
    this.result(
      proc,
      INIT,
      schema === undefined
        ? channel.join(state.topic, params)
        : checked(validate(schema, params), (value) => channel.join(state.topic, value)),
    );
  }

  protected override result(proc: Proc, at: number, result: unknown, message?: unknown): void {
    if (at !== INIT || !proc.alive || typeof (result as PromiseLike<unknown> | undefined)?.then === 'function')
      super.result(proc, at, result, message);
    else if (isErrorReply(result)) this.#refuse(proc, result.payload);
    else if (result instanceof Outcome) super.result(proc, at, result, message);
    else this.#joined(proc, result);
  }

  #refuse(proc: Proc, payload: unknown): void {
    const { socket } = stateOf(proc);
    const encoded = encodeReply(payload);
    const { starter } = proc.owed as Start;
    proc.owed = null;
    socket.channels.refused(stateOf(proc), encoded);
    die(proc, 'normal');
    starter?.ignored();
  }

  #joined(proc: Proc, reply: unknown): void {
    const state = stateOf(proc);
    const encoded = encodeReply(reply === undefined ? {} : reply);
    state.socket.channels.joined(state, encoded, [...this.#intercepts]);
    if (this.#intercepts.size > 0) {
      state.socket.runtime.pubsub.listen(state.topic, proc.pid, this.#intercept);
    }
    this.ready(proc, undefined);
  }

  protected override other(proc: Proc, message: Envelope): void {
    if (message instanceof Push) this.#push(proc, message);
    else if (message instanceof Outgoing) this.#outgoing(proc, message);
    else if (message instanceof Slow) this.#slow(proc, message);
    else if (message instanceof Leave) {
      message.ref.answer('ok', {});
      this.stop(proc, new Stop({ shutdown: 'left' }, false, undefined));
    } else if (message instanceof Closed) this.stop(proc, new Stop({ shutdown: 'closed' }, false, undefined));
  }

  #push(proc: Proc, { event, payload, ref }: Push): void {
    this.enter(OTHER);
    proc.owed = ref;
    const channel = proc.instance as Instance;
    const began = channelHandledIn.hasSubscribers ? performance.now() : 0;
    const schema = this.#contract === undefined || typeof event !== 'string' ? undefined : payloadSchema(this.#contract, event);
    const result =
      schema === undefined
        ? this.#handle(channel, event, payload, ref)
        : checked(validate(schema, payload), (value) => this.#handle(channel, event, value, ref));
    if (began > 0) this.#reportHandled(began, channel[STATE].topic, event, payload, result);
    if (result === undefined) proc.owed = null;
    else this.result(proc, OTHER, result);
  }

  #reportHandled(began: number, topic: string, event: unknown, params: unknown, result: unknown): void {
    const report = (): void =>
      channelHandledIn.publish({
        duration: performance.now() - began,
        event,
        params,
        topic,
        channel: this.name,
      } satisfies ChannelHandledIn);
    if (result instanceof Promise) result.then(report, report);
    else report();
  }

  #slow(proc: Proc, { bufferedBytes }: Slow): void {
    this.enter(OTHER);
    const result = (proc.instance as Instance).onSlow?.(bufferedBytes);
    if (result !== undefined) this.result(proc, OTHER, result);
  }

  #handle(channel: Instance, event: unknown, payload: unknown, ref: PushRef): unknown {
    if (typeof event === 'string') {
      if (this.#in !== undefined && Object.hasOwn(this.#in, event)) return (this.#in[event] as Handler).call(channel, payload, ref);
      if (this.#in === undefined && channel.handleIn !== undefined) return channel.handleIn(event, payload, ref);
    }
    throw new UnknownEvent(`${this.name} has no handler for the event ${JSON.stringify(event)}`);
  }

  #outgoing(proc: Proc, { content }: Outgoing): void {
    this.enter(OTHER);
    const channel = proc.instance as Instance;
    const handler = this.#out?.[content.event];
    const payload = payloadOf(content);
    const result = handler === undefined ? channel.handleOut?.(content.event, payload) : handler.call(channel, payload, undefined as never);
    if (result !== undefined) this.result(proc, OTHER, result);
  }

  protected override otherResult(proc: Proc, result: unknown): void {
    const { owed } = proc;
    proc.owed = null;
    const ref = owed instanceof PushRef ? owed : null;
    if (result instanceof Stop) {
      if (result.hasReply) answer(ref, result.value);
      this.stop(proc, new Stop(result.reason, false, undefined));
    } else if (result instanceof Reply) {
      answer(ref, result.value);
      if (result.next !== undefined) this.next(proc, result.next);
    } else if (result instanceof NoReply) {
      if (result.next !== undefined) this.next(proc, result.next);
    } else if (result instanceof Next) this.next(proc, result);
    else if (result !== undefined) answer(ref, result);
  }

  /** An orderly stop is told to the client before `terminate` runs. */
  protected override stop(proc: Proc, stop: Stop<unknown>): void {
    const state = stateOf(proc);
    if (!state.crashing && isOrderly(stop.reason)) state.end('phx_close');
    super.stop(proc, stop);
  }

  /** What a handler throws, or exits with, is a crash to the client, whatever the reason. */
  protected override failed(proc: Proc, at: number, thrown: unknown): void {
    if (!(thrown instanceof Outcome) && proc.instance !== null) stateOf(proc).crashing = true;
    super.failed(proc, at, thrown);
  }
}

function stateOf(proc: Proc): ChannelState {
  return (proc.instance as Instance)[STATE];
}

function answer(ref: PushRef | null, value: unknown): void {
  if (isErrorReply(value)) ref?.answer('error', value.payload);
  else if (value instanceof StatusReply) ref?.answer(value.status, value.payload);
  else ref?.answer('ok', value);
}

/** Goes on with a valid value; an invalid one is the client's to mend. */
function checked(validated: Validated | Promise<Validated>, goOn: (value: unknown) => unknown): unknown {
  if (validated instanceof Promise) return validated.then((outcome) => checked(outcome, goOn));
  return validated.ok ? goOn(validated.value) : error(validated.error);
}

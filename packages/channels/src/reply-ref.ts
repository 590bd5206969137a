import type { From } from '@rekindle/kernel';
import { makeSendable, ProcessId } from '@rekindle/kernel/internal';
import type { Payload } from '@rekindle/pubsub';
import type { ChannelState } from './channel-state.js';
import { encodeReply } from './payload.js';

/**
 * Keeps one push for an answer that comes later, also from another process: it can be sent like any value, to other threads
 * and nodes too. Answers to a connection that is gone are dropped. Phoenix: `socket_ref/1` and `reply/2`.
 */
export interface ReplyRef<R, E> extends From<R> {
  reply(value: R): void;
  error(payload: E): void;
}

/** One push of the client. It can be answered once, for as long as the connection lives. */
export class PushRef implements ReplyRef<unknown, unknown> {
  readonly #state: ChannelState;
  readonly #ref: unknown;
  #answered = false;

  constructor(state: ChannelState, ref: unknown) {
    this.#state = state;
    this.#ref = ref;
  }

  reply(value: unknown): void {
    this.answer('ok', value);
  }

  error(payload: unknown): void {
    this.answer('error', payload);
  }

  answer(status: string, value: unknown): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#state.reply(this.#ref, status, encodeReply(value));
  }

  /** What a channel process owes when it ends: nothing, the client hears of the end itself. */
  fail(): void {}

  /** What the connection has to be told to answer this push. */
  get address(): PushAddress {
    const { socket, answerRef, topicText } = this.#state;
    return [socket.proc.pid, answerRef, JSON.stringify(this.#ref), topicText];
  }
}

/** The connection's process, and join ref, ref and topic as JSON text. */
type PushAddress = readonly [socket: ProcessId, joinRef: string, ref: string, topic: string];

/** An answer on its way to the connection's process. */
export interface SentReply {
  readonly type: typeof SENT_REPLY;
  readonly joinRef: string;
  readonly ref: string;
  readonly topic: string;
  readonly status: string;
  readonly payload: Payload;
}

const SENT_REPLY = 'rekindle.reply';

export function isSentReply(message: unknown): message is SentReply {
  if (typeof message !== 'object' || message === null || (message as SentReply).type !== SENT_REPLY) return false;
  const { joinRef, ref, topic, status, payload } = message as SentReply;
  const texts = [joinRef, ref, topic, status].every((text) => typeof text === 'string');
  return texts && (typeof payload === 'string' || payload instanceof Uint8Array);
}

/** A push whose channel is a process elsewhere, or was sent here: each copy can answer once, the client takes the first. */
export class SentPushRef implements ReplyRef<unknown, unknown> {
  readonly #address: PushAddress;
  #answered = false;

  constructor(address: PushAddress) {
    this.#address = address;
  }

  get address(): PushAddress {
    return this.#address;
  }

  reply(value: unknown): void {
    this.#answer('ok', value);
  }

  error(payload: unknown): void {
    this.#answer('error', payload);
  }

  #answer(status: string, value: unknown): void {
    if (this.#answered) return;
    this.#answered = true;
    const [socket, joinRef, ref, topic] = this.#address;
    socket.send({ type: SENT_REPLY, joinRef, ref, topic, status, payload: encodeReply(value) } satisfies SentReply);
  }
}

const TYPE = 16;

function read(address: PushAddress): SentPushRef {
  const [socket, ...texts] = address;
  if (!(socket instanceof ProcessId) || texts.length !== 3 || !texts.every((text) => typeof text === 'string')) {
    throw new TypeError('malformed reference to a push');
  }
  return new SentPushRef(address);
}

makeSendable<SentPushRef, PushAddress>({ Class: PushRef as never, type: TYPE, write: (ref) => ref.address, read });
makeSendable<SentPushRef, PushAddress>({ Class: SentPushRef, type: TYPE, write: (ref) => ref.address, read });

/** A reply with a status other than `ok` and `error`. */
export class StatusReply {
  readonly status: string;
  readonly payload: unknown;
  constructor(status: string, payload: unknown) {
    this.status = status;
    this.payload = payload;
  }
}

/** Answers a push with any status. Phoenix: `{:reply, {status, payload}, socket}`. */
export function replyAs(status: string, payload: unknown = {}): StatusReply {
  return new StatusReply(status, payload);
}

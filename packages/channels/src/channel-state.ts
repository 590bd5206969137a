import type { Proc, Watcher } from '@rekindle/kernel/internal';
import type { Payload } from '@rekindle/pubsub';
import { Questions } from './ask.js';
import type { SocketServer } from './socket-server.js';

/** Where a channel keeps what the framework knows of it. */
export const STATE: unique symbol = Symbol('channel');

/** Of a topic of which something is kept. */
export interface Kept {
  readonly isRecoverable: boolean;
  /** Where the client says that it was; null for nowhere. */
  readonly cursor: string | null;
}

/** The framework's side of one joined topic of one client. It watches the process. */
export class ChannelState implements Watcher {
  readonly socket: SocketServer;
  readonly topic: string;
  #questions: Questions | null = null;
  /** The join's own refs, as JSON text. */
  readonly #joinRef: string;
  readonly joinRef: unknown;
  readonly ref: unknown;
  /** What later replies and pushes carry as join_ref: the join's ref, if the join had no join_ref, or `false`, which in Elixir is none either. */
  readonly answerRef: string;
  readonly topicText: string;
  /** A process with more messages than this waiting is crashed. */
  readonly maxMailbox: number;
  /** The class has an `onSlow`. */
  hearsOfSlowness = false;
  proc: Proc | null = null;
  /** The client has been told that the channel ended. */
  ended = false;
  /** A handler has failed: the end is an error to the client, whatever its reason. */
  crashing = false;

  readonly kept: Kept | null;

  constructor(socket: SocketServer, topic: string, joinRef: unknown, ref: unknown, maxMailbox: number, kept: Kept | null) {
    this.kept = kept;
    this.socket = socket;
    this.topic = topic;
    this.joinRef = joinRef;
    this.ref = ref;
    this.maxMailbox = maxMailbox;
    this.#joinRef = JSON.stringify(joinRef);
    this.answerRef = joinRef === null || joinRef === false ? JSON.stringify(ref) : this.#joinRef;
    this.topicText = JSON.stringify(topic);
  }

  /** What this client has been asked. Made by the first question. */
  get questions(): Questions {
    this.#questions ??= new Questions();
    return this.#questions;
  }

  /** The client says that it answers. */
  answered(answer: unknown): void {
    this.#questions?.answered(answer);
  }

  /** The join's own answer. */
  joinReply(status: 'ok' | 'error', payload: Payload): void {
    const { socket } = this;
    socket.send(socket.serializer.reply(this.#joinRef, JSON.stringify(this.ref), this.topicText, status, payload));
  }

  /** The client gets the topic's events from now on, and the join's answer. */
  joined(reply: Payload, intercepts: readonly string[]): void {
    const { kept, socket } = this;
    if (kept === null) {
      socket.link.join(socket.connection, this.topic, this.#joinRef, intercepts);
      this.joinReply('ok', reply);
    } else {
      if (typeof reply !== 'string' || (kept.isRecoverable && !reply.startsWith('{'))) {
        throw new TypeError('the reply to a join of a recoverable topic: expected an object, to which `recovery` is added');
      }
      socket.link.joinKept(socket.connection, this.topic, this.#joinRef, { ref: JSON.stringify(this.ref), reply, cursor: kept.cursor });
    }
  }

  reply(ref: unknown, status: string, payload: Payload): void {
    const { socket } = this;
    socket.send(socket.serializer.reply(this.answerRef, JSON.stringify(ref), this.topicText, status, payload));
  }

  push(event: string, payload: Payload): void {
    const { socket } = this;
    socket.send(socket.serializer.push(this.answerRef, this.topicText, event, payload));
  }

  broadcast(event: string, payload: Payload): void {
    this.socket.runtime.pubsub.publish(this.topic, { kind: 'event', event, payload }, 'cluster', undefined, undefined);
  }

  broadcastFrom(event: string, payload: Payload): void {
    this.socket.runtime.pubsub.publish(this.topic, { kind: 'event', event, payload }, 'cluster', this.proc?.pid, this.socket.connection);
  }

  /** Tells the client that the channel is over; once. The topic's events still reach it until the process has ended. */
  end(event: 'phx_close' | 'phx_error'): void {
    if (this.ended) return;
    this.ended = true;
    this.socket.channels.forget(this);
    this.tellEnd(event);
  }

  tellEnd(event: 'phx_close' | 'phx_error'): void {
    const { socket } = this;
    socket.send(socket.serializer.end(event, this.#joinRef, this.topicText));
  }

  /** The process has ended. */
  fire(): void {
    this.socket.runtime.host.channelEnded();
    this.socket.channels.ended(this);
    this.end('phx_error');
  }
}

let starting: ChannelState | null = null;

export function takeState(): ChannelState {
  if (starting === null) throw new TypeError('a channel is made by a join, not with `new`');
  return starting;
}

export function withState<T>(state: ChannelState, make: () => T): T {
  starting = state;
  try {
    return make();
  } finally {
    starting = null;
  }
}

import { isDeepStrictEqual } from 'node:util';
import { type Pid, Stop } from '@rekindle/kernel';
import { condemn, deliver, type Proc } from '@rekindle/kernel/internal';
import { isTopic } from '@rekindle/pubsub/internal';
import { ANSWER } from './ask.js';
import type { ChannelState } from './channel-state.js';
import { ClientSession } from './client-session.js';
import { Leave, Push, Slow } from './envelopes.js';
import { Expired } from './expiry.js';
import { JoinedChannels } from './joined-channels.js';
import { type RateLimit, REFUSED } from './rate-limit.js';
import { isSentReply, PushRef } from './reply-ref.js';
import { reportBadFrame, reportFlood } from './reports.js';
import { routeOf, setAssigns } from './socket.js';
import type { Message } from './wire/index.js';

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
const TOO_MANY = '{"reason":"too many channels joined"}';
const JOINS_LIMITED = '{"reason":"too many joins"}';
const EVENTS_LIMITED = '{"reason":"too many events"}';

const gone = new Stop({ shutdown: 'closed' }, false, undefined);
const badFrame = new Stop({ shutdown: 'bad frame' }, false, undefined);
const flood = new Stop({ shutdown: 'flood' }, false, undefined);

/** `policy violation`: what the client does is not allowed. Stock clients come back after a while. */
const CLOSE_FLOOD = 1008;

/**
 * The process of one connection: decodes the client's frames and hands them to the channels of their topics. A join holds up
 * what the client sends after it; channels do not wait for one another.
 */
export class SocketServer extends ClientSession {
  readonly channels = new JoinedChannels();
  /** Bytes that wait to be sent to the client, as the gateway said last. */
  bufferedBytes = 0;
  // States of rate limits.
  #joins = 0;
  #events = 0;
  #refusals = 0;

  systemGetState(): { assigns: object; transport: string; topics: string[] } {
    return { assigns: this.assigns, transport: this.transport, topics: [...this.channels.keys()] };
  }

  systemReplaceState(state: unknown): void {
    setAssigns(this.socket, (state as { assigns: object }).assigns);
  }

  // ---------------------------------------------------------------- frames in

  /** A frame from the client: text, or bytes. */
  handleInfo(frame: unknown): unknown {
    if (typeof frame !== 'string' && !(frame instanceof Uint8Array)) {
      if (frame === GONE) {
        this.closed();
        return gone;
      }
      if (frame instanceof Expired) return this.expired();
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
    const { peer, path } = this.origin;
    reportBadFrame(() => ({ peer, path, kind, length, expected: this.serializer.expects }));
  }

  #route(message: Message): unknown {
    const { topic, event } = message;
    if (typeof topic !== 'string') {
      if (event === 'phx_leave') this.reply(JSON.stringify(message.joinRef), message, 'ok', '{}');
      else this.reply('null', message, 'error', UNMATCHED);
      return undefined;
    }
    const channel = this.channels.get(topic);
    if (event === 'phx_join') return this.#join(message, topic, channel);
    const { events } = this.entry;
    if (events !== null) {
      const state = events.take(this.#events, Math.floor(this.runtime.kernel.turns.now));
      if (state !== REFUSED) this.#events = state;
      else if (event !== 'phx_leave') return this.#limited(message, 'eventsLimited', EVENTS_LIMITED, events);
    }
    if (channel !== undefined) this.#toChannel(channel, message);
    else if (topic === 'phoenix' && event === 'heartbeat') this.reply('null', message, 'ok', '{}');
    else if (topic === 'phoenix' && event === 'refresh' && this.socket.refresh !== undefined) return this.refresh(message);
    else if (event === 'phx_leave') this.reply(JSON.stringify(message.joinRef), message, 'ok', '{}');
    else this.reply('null', message, 'error', UNMATCHED);
    return undefined;
  }

  #toChannel(channel: ChannelState, { joinRef, ref, event, payload }: Message): void {
    if (joinRef !== null && joinRef !== channel.joinRef && !isDeepStrictEqual(joinRef, channel.joinRef)) return; // stale: meant for a join that is over
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
      this.reply(JSON.stringify(message.joinRef), message, 'error', payload);
      return undefined;
    }
    this.link.count('floodsClosed');
    const { peer, path } = this.origin;
    reportFlood(() => ({ peer, path, limit: counter }));
    this.link.close(this.connection, CLOSE_FLOOD, 'too much');
    this.closed();
    return flood;
  }

  // ---------------------------------------------------------------- joins

  #join(message: Message, topic: string, replaces: ChannelState | undefined): unknown {
    const { entry } = this;
    if (entry.joins !== null) {
      const state = entry.joins.take(this.#joins, Math.floor(this.runtime.kernel.turns.now));
      if (state === REFUSED) return this.#limited(message, 'joinsLimited', JOINS_LIMITED, entry.joins);
      this.#joins = state;
    }
    const Class = isTopic(topic) ? routeOf(entry.Class.channels, topic) : undefined;
    if (Class === undefined) this.reply('null', message, 'error', UNMATCHED);
    else if (replaces === undefined && this.channels.size >= entry.maxChannels) {
      this.link.count('channelsLimited');
      this.reply(JSON.stringify(message.joinRef), message, 'error', TOO_MANY);
    } else return this.channels.start(this, Class, message, topic, replaces);
    return undefined;
  }

  // ---------------------------------------------------------------- frames out

  /** The process that serves a topic. */
  channelAt(topic: string): Pid | undefined {
    return this.channels.get(topic)?.proc?.pid;
  }

  /** A broadcast of a topic to this client alone, if it has joined. */
  toClient(topic: string, event: string, payload: string): void {
    if (this.channels.has(topic)) this.send(this.serializer.broadcast(topic, event, payload));
  }

  /** The gateway says how much waits for the client. The channels hear of it when it becomes much, once until it is little again. */
  pressure(bufferedBytes: number): void {
    const { slowBytes } = this.entry;
    const becomes = bufferedBytes >= slowBytes && this.bufferedBytes < slowBytes;
    this.bufferedBytes = bufferedBytes;
    if (!becomes) return;
    for (const { proc, hearsOfSlowness } of this.channels.values()) {
      if (hearsOfSlowness && proc !== null) deliver(proc, new Slow(bufferedBytes));
    }
  }

  /** The connection is gone: its channels stop with `{ shutdown: 'closed' }`. */
  closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.channels.close();
  }

  terminate(): void {
    this.closed();
  }
}

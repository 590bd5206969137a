import {
  type Broadcast,
  broadcast,
  Channel,
  type ExitReason,
  error,
  exit,
  noreply,
  type ReplyRef,
  replyAs,
  sleep,
  stop,
  type Untyped,
} from 'rekindle';
import { bytes, fields, integer, NoClause, text } from './payload.js';
import type { UserSocket } from './user-socket.js';

type Message =
  | { readonly type: 'after_join'; readonly params: unknown }
  | { readonly type: 'boom' }
  | { readonly type: 'stop' }
  | Broadcast<object>;

/** The room of the conformance app: one event per behaviour. */
export class RoomChannel extends Channel<Untyped, UserSocket> {
  static readonly intercept = ['intercept_me'];
  #assigned: Map<unknown, unknown> | null = null;

  override join(topic: string, params: unknown): unknown {
    if (topic.startsWith('room:private')) return error({ reason: 'unauthorized' });
    if (topic.startsWith('room:crash')) throw new Error('join crashes');
    if (topic.startsWith('room:reply')) return { welcome: topic, params };
    if (topic.startsWith('room:after')) this.sendSelf({ type: 'after_join', params });
    return {};
  }

  handleIn(event: string, payload: unknown, ref: ReplyRef<unknown, unknown>): unknown {
    switch (event) {
      case 'echo':
        return payload;
      case 'echo_error':
        return error(payload);
      case 'echo_custom':
        return replyAs('custom', payload);
      case 'status_only':
        return {};
      case 'status_error':
        return error({});
      case 'noop':
        return undefined;
      case 'push_back':
        this.push('pushed', payload);
        return undefined;
      case 'reply_and_push':
        this.push('pushed', payload);
        return payload;
      case 'push_many':
        return this.#many(payload, (tick) => this.push('tick', tick));
      case 'broadcast_many':
        return this.#many(payload, (tick) => this.broadcast('tick', tick));
      case 'new_msg':
        this.broadcast('new_msg', payload);
        return undefined;
      case 'msg_from':
        this.broadcastFrom('msg_from', payload);
        return undefined;
      case 'msg_and_reply':
        this.broadcast('new_msg', payload);
        return payload;
      case 'intercept_me':
        this.broadcast('intercept_me', payload);
        return undefined;
      case 'async_reply':
        return this.#later(payload, ref);
      case 'async_reply_push':
        this.push('pushed', payload);
        return this.#later(payload, ref);
      case 'slow':
        return sleep(integer(fields(payload, 'ms').ms)).then(() => payload);
      case 'assign': {
        const { key, value } = fields(payload, 'key', 'value');
        this.#assigned ??= new Map();
        this.#assigned.set(key, value);
        return {};
      }
      case 'get_assign': {
        const { key } = fields(payload, 'key');
        return { key, value: this.#assigned?.get(key) ?? null };
      }
      case 'whoami':
        return { user_id: this.assigns.userId, topic: this.topic, joined: true, transport: this.transport };
      default:
        return this.#rare(event, payload);
    }
  }

  #rare(event: string, payload: unknown): unknown {
    switch (event) {
      case 'relay': {
        const { topic, event: relayed, payload: inner } = fields(payload, 'topic', 'event', 'payload');
        broadcast(text(topic), text(relayed), inner);
        return {};
      }
      case 'subscribe':
        return this.subscribe(text(fields(payload, 'topic').topic)).then(() => ({}));
      case 'unsubscribe':
        this.unsubscribe(text(fields(payload, 'topic').topic));
        return {};
      case 'boom':
        throw new Error('boom');
      case 'boom_later':
        this.sendSelf({ type: 'boom' });
        return {};
      case 'stop':
      case 'exit_normal':
        return stop('normal');
      case 'stop_later':
        this.sendSelf({ type: 'stop' });
        return {};
      case 'stop_shutdown':
        return stop('shutdown');
      case 'stop_shutdown_tuple':
        return stop({ shutdown: 'custom' });
      case 'stop_reply':
        return stop('shutdown', payload);
      case 'stop_reply_error':
        return stop('normal', error(payload));
      case 'stop_reply_abnormal':
        return stop('boom', payload);
      case 'stop_abnormal':
        return stop('boom');
      case 'raw_exit':
        return exit('normal');
      case 'raw_exit_abnormal':
        return exit('oops');
      case 'binary_echo':
        return bytes(payload);
      case 'binary_error':
        return error(bytes(payload));
      case 'binary_size':
        return { size: bytes(payload).length };
      case 'binary_broadcast':
        this.broadcast('binary_broadcast', bytes(payload));
        return undefined;
      case 'binary_broadcast_from':
        this.broadcastFrom('binary_broadcast', bytes(payload));
        return undefined;
      case 'binary_push':
        this.push('binary_pushed', bytes(payload));
        return undefined;
      case 'make_binary':
        return Uint8Array.from(Buffer.from(text(fields(payload, 'hex').hex), 'hex'));
      default:
        throw new NoClause(`no clause for ${event}`);
    }
  }

  #many(payload: unknown, send: (tick: object) => void): object {
    const { n, tag = null } = fields(payload, 'n');
    const count = integer(n);
    for (let i = 1; i <= count; i++) send({ i, tag });
    return { sent: count };
  }

  #later(payload: unknown, ref: ReplyRef<unknown, unknown>): unknown {
    setTimeout(() => ref.reply(payload), 20);
    return noreply(ref);
  }

  handleOut(_event: string, payload: { readonly skip?: unknown }): void {
    const { userId } = this.assigns;
    if (payload.skip !== null && payload.skip !== undefined && payload.skip === userId) return;
    this.push('intercept_me', { ...payload, seen_by: userId });
  }

  override handleInfo(message: Message) {
    switch (message.type) {
      case 'after_join':
        this.push('after_join', { topic: this.topic, params: message.params });
        return;
      case 'boom':
        throw new Error('boom');
      case 'stop':
        return stop('normal');
      default: {
        const { topic, event, payload } = message;
        this.push('relayed', { topic, event, payload });
        return;
      }
    }
  }

  override terminate(reason: ExitReason): void {
    if (!this.topic.startsWith('room:term')) return;
    this.broadcast('left', { reason: reasonText(reason), user_id: this.assigns.userId });
  }
}

function reasonText(reason: ExitReason): string {
  if (reason === 'normal' || reason === 'shutdown') return reason;
  if (typeof reason !== 'object' || !('shutdown' in reason)) return 'error';
  return reason.shutdown === 'closed' ? 'closed' : `shutdown:${String(reason.shutdown)}`;
}

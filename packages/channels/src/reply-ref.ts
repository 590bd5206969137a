import type { From } from '@rekindle/kernel';
import type { ChannelState } from './channel-state.js';
import { encodeReply } from './payload.js';

/** Keeps one push for an answer that comes later, also from another process. Phoenix: `socket_ref/1` and `reply/2`. */
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
}

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

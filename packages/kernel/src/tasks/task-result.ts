import type { ExitReason } from '../exit-reason.js';
import type { MonitorRef } from '../messages.js';

/** How a task ended: with a value, or without one for a reason. Elixir: `{:ok, value}` and `{:exit, reason}`. */
export type TaskResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: ExitReason };

/**
 * What a task sends its owner, unless the owner is awaiting it: in a server it comes to `handleInfo`, and is followed by a
 * `Down` with the same `ref` unless that is demonitored. Elixir: `{ref, result}`.
 */
export interface TaskReply<T = unknown> {
  readonly type: 'taskReply';
  readonly ref: MonitorRef;
  readonly result: T;
}

export class TaskReplyMessage implements TaskReply {
  readonly type = 'taskReply';
  readonly ref: MonitorRef;
  readonly result: unknown;
  constructor(ref: MonitorRef, result: unknown) {
    this.ref = ref;
    this.result = result;
  }
}

import { Request } from '../calls/request.js';
import type { Pid } from '../identity/pid.js';
import { Cast } from '../messages.js';

/** A message as a trace shows it. */
export type TracedMessage =
  | { readonly type: 'call'; readonly name: string; readonly args: readonly unknown[]; readonly from: Pid | undefined }
  | { readonly type: 'cast'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly type: 'info'; readonly message: unknown };

/** What `sys` saw a process do: take a message, answer a call, be done with a message. OTP: `sys:system_event/0`. */
export type TraceEvent =
  | { readonly event: 'in'; readonly message: TracedMessage }
  | { readonly event: 'out'; readonly reply: unknown; readonly to: Pid | undefined }
  | { readonly event: 'state'; readonly state: unknown };

/** What the process that traces another one is sent. */
export interface TraceMessage {
  readonly type: 'trace';
  readonly pid: Pid;
  readonly event: TraceEvent;
}

/** Describes a message from a mailbox. */
export function describeMessage(message: unknown): TracedMessage {
  if (message instanceof Request) return { type: 'call', name: message.name, args: message.args, from: message.pid };
  if (message instanceof Cast) return { type: 'cast', name: message.name, args: message.args };
  return { type: 'info', message };
}

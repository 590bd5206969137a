import { type Cursor, cursorText, type JoinedLog, type LoggedEvent, readCursor, type TopicPolicy } from '@rekindle/pubsub/internal';
import type { Kept } from '../channel-state.js';

// A client that comes back says where it was in the parameter `recover` of its join; the reply says under `recovery` what it
// has missed, and where it is now.

const PARAM = 'recover';

/** What of a join's parameters is the framework's: on recoverable topics, where the client was. The channel gets the others. */
export function takeCursor(params: unknown, policy: TopicPolicy | null): { readonly params: unknown; readonly kept: Kept | null } {
  if (policy === null) return { params, kept: null };
  const isRecoverable = policy.recoverable !== null;
  if (!isRecoverable || typeof params !== 'object' || params === null || !Object.hasOwn(params, PARAM)) {
    return { params, kept: { isRecoverable, cursor: null } };
  }
  const { [PARAM]: cursor, ...others } = params as { [key: string]: unknown };
  return { params: others, kept: { isRecoverable, cursor: typeof cursor === 'string' ? cursor : '' } };
}

/** A cursor that no log has given: `since` answers that it is of another epoch. */
const STRANGE: Cursor = { epoch: '', position: 0 };

/** Null for a client that was nowhere. What is no cursor is one that is of no use. */
export function cursorOf(text: string | null): Cursor | null {
  return text === null ? null : (readCursor(text) ?? STRANGE);
}

/** By what was missed: many may come back at once who have missed the same. */
const texts = new WeakMap<readonly LoggedEvent[], string>();

function eventsText(events: readonly LoggedEvent[]): string {
  let text = texts.get(events);
  if (text === undefined) {
    text = `[${events.map(eventText).join(',')}]`;
    texts.set(events, text);
  }
  return text;
}

/** The reply to a join, with what the client has missed. `reply` is the JSON text of an object. */
export function withRecovery(reply: string, { cursor, missed }: JoinedLog): string {
  if (cursor === null) return reply;
  const parts = [`"cursor":${JSON.stringify(cursorText(cursor))}`];
  if (missed !== null) {
    parts.push(`"recovered":${missed.recovered}`);
    if (missed.recovered) parts.push(`"events":${eventsText(missed.events)}`);
    else parts.push(`"reason":${JSON.stringify(missed.reason)}`);
  }
  return `${reply === '{}' ? '{' : `${reply.slice(0, -1)},`}"recovery":{${parts.join(',')}}}`;
}

function eventText({ event, payload, position }: LoggedEvent): string {
  return `{"event":${JSON.stringify(event)},"payload":${payload},"position":${position}}`;
}

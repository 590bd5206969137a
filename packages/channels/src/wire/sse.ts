import { quoted } from './json.js';
import type { Frame, Serializer } from './message.js';
import { decodeText } from './v2.js';

// Server-sent events are written for one client each: the id of an event tells where that client is on all its topics. So the
// frames here are half done: a line with a kind and the topic, a line with what the kind needs, then what the client gets.

/** A frame on its way to a client that reads server-sent events. */
export type SseFrame =
  | { readonly kind: 'event'; readonly topic: string; readonly position: number | undefined; readonly text: string }
  | { readonly kind: 'reply'; readonly topic: string; readonly status: string; readonly response: unknown }
  | { readonly kind: 'end'; readonly topic: string };

export function isSseReply(frame: string): boolean {
  return frame.startsWith('r');
}

export function readSseFrame(frame: string): SseFrame {
  const first = frame.indexOf('\n');
  const second = frame.indexOf('\n', first + 1);
  const topic = JSON.parse(frame.slice(1, first)) as string;
  const detail = frame.slice(first + 1, second);
  const text = frame.slice(second + 1);
  switch (frame[0]) {
    case 'r':
      return { kind: 'reply', topic, status: detail, response: JSON.parse(text) };
    case 'x':
      return { kind: 'end', topic };
    default:
      return { kind: 'event', topic, position: detail === '' ? undefined : Number(detail), text };
  }
}

/** One event as text, without its id. */
export function sseEvent(event: string, topic: string, payload: string | Uint8Array): string {
  // An empty name would be `message`; a line end in it would end it.
  const name = event.replace(/[\r\n]/g, ' ');
  const [field, data] =
    typeof payload === 'string' ? ['payload', oneLine(payload)] : ['base64', `"${Buffer.from(payload).toString('base64')}"`];
  return `event: ${name}\ndata: {"topic":${topic},"${field}":${data}}\n\n`;
}

/** JSON text may have line ends between its parts, never inside a text. */
function oneLine(json: string): string {
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]/g, ' ') : json;
}

function decodeBinary(): null {
  return null;
}

function reply(_joinRef: string, _ref: string, topic: string, status: string, payload: string | Uint8Array): Frame {
  return `r${topic}\n${status}\n${typeof payload === 'string' ? payload : 'null'}`;
}

function push(_joinRef: string, topic: string, event: string, payload: string | Uint8Array): Frame {
  return `p${topic}\n\n${sseEvent(event, topic, payload)}`;
}

function broadcast(topic: string, event: string, payload: string | Uint8Array, position?: number): Frame {
  const text = quoted(topic);
  return `p${text}\n${position ?? ''}\n${sseEvent(event, text, payload)}`;
}

function end(event: 'phx_close' | 'phx_error', _joinRef: string, topic: string): Frame {
  return `x${topic}\n${event}\n`;
}

/** For clients that only listen. The gateway writes its joins, and finishes its frames. */
export const sse: Serializer = { name: 'sse', expects: 'nothing', decodeText, decodeBinary, reply, push, broadcast, end };

import { parseJson, quoted } from './json.js';
import { canBeGivenBack, type Frame, type Message, positionRef, type Serializer } from './message.js';
import { CRASHED } from './v2.js';

// Frames are objects with `topic`, `event`, `payload` and `ref`; no binary payloads.

// A byte order mark is a character of the text like any other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeText(text: string): Message | null {
  let frame: unknown;
  try {
    frame = parseJson(text);
  } catch {
    return null;
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return null;
  if (!('topic' in frame && 'event' in frame && 'payload' in frame && 'ref' in frame)) return null;
  const { topic, event, payload, ref, join_ref: joinRef = null } = frame as { [key: string]: unknown };
  if (!canBeGivenBack(joinRef) || !canBeGivenBack(ref) || !canBeGivenBack(topic)) return null;
  return { joinRef, ref, topic, event, payload };
}

/** A binary frame is taken for JSON text. */
export function decodeBinary(bytes: Uint8Array): Message | null {
  try {
    return decodeText(decoder.decode(bytes));
  } catch {
    return null;
  }
}

function textOnly(payload: string | Uint8Array): string {
  if (typeof payload === 'string') return payload;
  throw new TypeError('a binary payload cannot be sent to a client that speaks protocol version 1');
}

export function reply(_joinRef: string, ref: string, topic: string, status: string, payload: string | Uint8Array): Frame {
  return `{"event":"phx_reply","payload":{"response":${textOnly(payload)},"status":${quoted(status)}},"ref":${ref},"topic":${topic}}`;
}

export function push(_joinRef: string, topic: string, event: string, payload: string | Uint8Array): Frame {
  return `{"event":${quoted(event)},"payload":${textOnly(payload)},"ref":null,"topic":${topic}}`;
}

export function broadcast(topic: string, event: string, payload: string | Uint8Array, position?: number): Frame {
  if (position === undefined) return push('null', quoted(topic), event, payload);
  return `{"event":${quoted(event)},"payload":${textOnly(payload)},"ref":"${positionRef(position)}","topic":${quoted(topic)}}`;
}

export function end(event: 'phx_close' | 'phx_error', joinRef: string, topic: string): Frame {
  return `{"event":"${event}","payload":${event === 'phx_close' ? '{}' : CRASHED},"ref":${joinRef},"topic":${topic}}`;
}

/** Protocol version 1.0.0. */
export const v1: Serializer = {
  name: 'v1',
  expects: '{"topic", "event", "payload", "ref"}',
  decodeText,
  decodeBinary,
  reply,
  push,
  broadcast,
  end,
};

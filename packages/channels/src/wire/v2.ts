import { parseJson, quoted } from './json.js';
import { canBeGivenBack, FieldTooLong, type Frame, type Message, positionRef, type Serializer } from './message.js';

// Text frames are arrays `[join_ref, ref, topic, event, payload]`; binary frames begin with a kind and the lengths of their
// texts: 0 push (both ways), 1 reply, 2 broadcast.

const PUSH = 0;
const REPLY = 1;
const BROADCAST = 2;

const encoder = new TextEncoder();
// A byte order mark is a character of the text like any other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeText(text: string): Message | null {
  let frame: unknown;
  try {
    frame = parseJson(text);
  } catch {
    return null;
  }
  if (!Array.isArray(frame) || frame.length < 5) return null;
  const [joinRef, ref, topic, event, payload] = frame as unknown[];
  if (!canBeGivenBack(joinRef) || !canBeGivenBack(ref) || !canBeGivenBack(topic)) return null;
  return { joinRef, ref, topic, event, payload };
}

export function decodeBinary(bytes: Uint8Array): Message | null {
  if (bytes.length < 5 || bytes[0] !== PUSH) return null;
  let at = 5;
  const field = (length: number): string => {
    at += length;
    return decoder.decode(bytes.subarray(at - length, at));
  };
  const [, joinRefLength, refLength, topicLength, eventLength] = bytes as unknown as [number, number, number, number, number];
  if (5 + joinRefLength + refLength + topicLength + eventLength > bytes.length) return null;
  try {
    const joinRef = field(joinRefLength);
    const ref = field(refLength);
    const topic = field(topicLength);
    return { joinRef, ref, topic, event: eventOf(bytes.slice(at, at + eventLength)), payload: bytes.slice(at + eventLength) };
  } catch {
    return null;
  }
}

/** An event that is no text stays what it is: the frame is well formed, but no channel has a handler for it. */
function eventOf(bytes: Uint8Array): string | Uint8Array {
  try {
    return decoder.decode(bytes);
  } catch {
    return bytes;
  }
}

/** A ref or topic as it stands in a binary frame: text without quotes, nothing for null. */
function plain(json: string): Uint8Array {
  const value: unknown = JSON.parse(json);
  return encoder.encode(value === null ? '' : typeof value === 'string' ? value : json);
}

function binaryFrame(kind: number, fields: readonly Uint8Array[], data: Uint8Array): Uint8Array {
  let size = 1 + fields.length + data.length;
  for (const field of fields) size += field.length;
  const frame = new Uint8Array(size);
  frame[0] = kind;
  let at = 1;
  for (const field of fields) {
    if (field.length > 255) throw new FieldTooLong(`a text of ${field.length} bytes in a binary frame: expected at most 255`);
    frame[at++] = field.length;
  }
  for (const field of fields) {
    frame.set(field, at);
    at += field.length;
  }
  frame.set(data, at);
  return frame;
}

export function reply(joinRef: string, ref: string, topic: string, status: string, payload: string | Uint8Array): Frame {
  if (typeof payload === 'string') {
    return `[${joinRef},${ref},${topic},"phx_reply",{"response":${payload},"status":${quoted(status)}}]`;
  }
  return binaryFrame(REPLY, [plain(joinRef), plain(ref), plain(topic), encoder.encode(status)], payload);
}

export function push(joinRef: string, topic: string, event: string, payload: string | Uint8Array): Frame {
  if (typeof payload === 'string') return `[${joinRef},null,${topic},${quoted(event)},${payload}]`;
  return binaryFrame(PUSH, [plain(joinRef), plain(topic), encoder.encode(event)], payload);
}

export function broadcast(topic: string, event: string, payload: string | Uint8Array, position?: number): Frame {
  if (typeof payload === 'string') {
    const ref = position === undefined ? 'null' : `"${positionRef(position)}"`;
    return `[null,${ref},${quoted(topic)},${quoted(event)},${payload}]`;
  }
  return binaryFrame(BROADCAST, [encoder.encode(topic), encoder.encode(event)], payload);
}

export function end(event: 'phx_close' | 'phx_error', joinRef: string, topic: string): Frame {
  return `[${joinRef},${joinRef},${topic},"${event}",${event === 'phx_close' ? '{}' : CRASHED}]`;
}

export const CRASHED = '{"reason":"channel_crash"}';

/** Protocol version 2.0.0. */
export const v2: Serializer = {
  name: 'v2',
  expects: '[join_ref, ref, topic, event, payload], or a binary push',
  decodeText,
  decodeBinary,
  reply,
  push,
  broadcast,
  end,
};

import { Packr } from 'msgpackr';
import { type Frame, type Message, positionRef, type Serializer } from './message.js';
import { isPlain } from './msgpack-plain.js';

// All frames are binary: the list `[join_ref, ref, topic, event, payload]` in MessagePack, both ways. Binary payloads are
// bytes inside it, anywhere a value may stand; those of pushes and broadcasts as a whole.

const packr = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number', variableMapSize: true });

/** Payloads come as JSON text, or bytes: what every serializer starts from. */
function value(payload: string | Uint8Array): unknown {
  return typeof payload === 'string' ? JSON.parse(payload) : payload;
}

function frame(joinRef: unknown, ref: unknown, topic: unknown, event: string, payload: unknown): Uint8Array {
  return packr.pack([joinRef, ref, topic, event, payload]);
}

function isRef(ref: unknown): boolean {
  return ref === null || typeof ref === 'string' || typeof ref === 'number';
}

function decodeText(): null {
  return null;
}

function decodeBinary(bytes: Uint8Array): Message | null {
  if (!isPlain(bytes)) return null;
  const parts: unknown = packr.unpack(bytes);
  if (!Array.isArray(parts) || parts.length < 5) return null;
  const [joinRef, ref, topic, event, payload] = parts as unknown[];
  return isRef(joinRef) && isRef(ref) ? { joinRef, ref, topic, event, payload } : null;
}

function reply(joinRef: string, ref: string, topic: string, status: string, payload: string | Uint8Array): Frame {
  return frame(JSON.parse(joinRef), JSON.parse(ref), JSON.parse(topic), 'phx_reply', { status, response: value(payload) });
}

function push(joinRef: string, topic: string, event: string, payload: string | Uint8Array): Frame {
  return frame(JSON.parse(joinRef), null, JSON.parse(topic), event, value(payload));
}

function broadcast(topic: string, event: string, payload: string | Uint8Array, position?: number): Frame {
  return frame(null, position === undefined ? null : positionRef(position), topic, event, value(payload));
}

function end(event: 'phx_close' | 'phx_error', joinRef: string, topic: string): Frame {
  const ref: unknown = JSON.parse(joinRef);
  return frame(ref, ref, JSON.parse(topic), event, event === 'phx_close' ? {} : { reason: 'channel_crash' });
}

/** MessagePack on the wire. Not over long-polling, which carries text. */
const msgpack: Serializer = {
  name: 'msgpack',
  expects: '[join_ref, ref, topic, event, payload] in MessagePack',
  isBinary: true,
  decodeText,
  decodeBinary,
  reply,
  push,
  broadcast,
  end,
};

export default msgpack;

import type { Content } from './content.js';

// A published message between nodes: version, flags, length of the node's name (u8 each), a free byte, incarnation (f64), name;
// then topic, for events the event's name, for those that are taken once their id (each with a u16 length before it), and the payload as
// it is: JSON text goes through without being parsed. A message that is too large for one frame goes in parts, whole frames cut up: after the name their
// number, index and count (u32, u16, u16).

/** A message may take so much, encoded; larger ones do not leave the node. */
export const MAX_BROADCAST_BYTES: number = 16 * 2 ** 20;

const VERSION = 1;
const FIXED = 12;

const TERM = 0;
const EVENT_TEXT = 1;
const EVENT_BINARY = 2;
/** An event with an id. */
const EVENT_ONCE = 3;
const KIND = 3;
/** A part of a frame. */
const PART = 4;

export interface Origin {
  readonly node: string;
  readonly incarnation: number;
}

export interface Part {
  readonly number: number;
  readonly index: number;
  readonly count: number;
  readonly bytes: Buffer;
}

function begin({ node, incarnation }: Origin, flags: number, room: number): { frame: Buffer; at: number } {
  const name = Buffer.from(node, 'latin1');
  const frame = Buffer.allocUnsafeSlow(FIXED + name.length + room);
  frame[0] = VERSION;
  frame[1] = flags;
  frame[2] = name.length;
  frame[3] = 0;
  frame.writeDoubleBE(incarnation, 4);
  name.copy(frame, FIXED);
  return { frame, at: FIXED + name.length };
}

function writeText(frame: Buffer, text: Buffer, at: number): number {
  frame.writeUInt16BE(text.length, at);
  text.copy(frame, at + 2);
  return at + 2 + text.length;
}

/** `encodeTerm` is the kernel's codec: a term is whatever processes send one another. */
export function encodeBroadcast(origin: Origin, topic: string, content: Content, encodeTerm: (term: unknown) => Uint8Array): Buffer {
  const name = Buffer.from(topic, 'utf8');
  if (content.kind === 'term') {
    const payload = encodeTerm(content.term);
    const { frame, at } = begin(origin, TERM, 2 + name.length + payload.length);
    frame.set(payload, writeText(frame, name, at));
    return frame;
  }
  const event = Buffer.from(content.event, 'utf8');
  if (content.id !== undefined && typeof content.payload === 'string') {
    const id = Buffer.from(content.id, 'utf8');
    const { frame, at } = begin(origin, EVENT_ONCE, 6 + name.length + event.length + id.length + Buffer.byteLength(content.payload));
    frame.write(content.payload, writeText(frame, id, writeText(frame, event, writeText(frame, name, at))), 'utf8');
    return frame;
  }
  const text = typeof content.payload === 'string';
  const size = text ? Buffer.byteLength(content.payload as string) : content.payload.length;
  const { frame, at } = begin(origin, text ? EVENT_TEXT : EVENT_BINARY, 4 + name.length + event.length + size);
  const start = writeText(frame, event, writeText(frame, name, at));
  if (text) frame.write(content.payload as string, start, 'utf8');
  else frame.set(content.payload as Uint8Array, start);
  return frame;
}

/** Cuts a frame into parts of at most `maxBytes`. */
export function splitBroadcast(origin: Origin, frame: Buffer, number: number, maxBytes: number): Buffer[] {
  const size = maxBytes - FIXED - origin.node.length - 8;
  const count = Math.ceil(frame.length / size);
  return Array.from({ length: count }, (_, index) => {
    const piece = frame.subarray(index * size, (index + 1) * size);
    const { frame: part, at } = begin(origin, PART, 8 + piece.length);
    part.writeUInt32BE(number, at);
    part.writeUInt16BE(index, at + 4);
    part.writeUInt16BE(count, at + 6);
    piece.copy(part, at + 8);
    return part;
  });
}

/** Undefined for what is no frame. */
export function originOf(frame: Buffer): Origin | undefined {
  if (frame.length < FIXED || frame[0] !== VERSION) return undefined;
  const name = frame[2] as number;
  if (name === 0 || frame.length < FIXED + name) return undefined;
  const incarnation = frame.readDoubleBE(4);
  if (!Number.isSafeInteger(incarnation) || incarnation < 0) return undefined;
  return { node: frame.toString('latin1', FIXED, FIXED + name), incarnation };
}

/** Of a frame that has an origin; undefined if it is whole. Throws `RangeError` if it is too short. */
export function partOf(frame: Buffer): Part | undefined {
  if (((frame[1] as number) & PART) === 0) return undefined;
  const at = FIXED + (frame[2] as number);
  return {
    number: frame.readUInt32BE(at),
    index: frame.readUInt16BE(at + 4),
    count: frame.readUInt16BE(at + 6),
    bytes: frame.subarray(at + 8),
  };
}

/** Of a whole frame that has an origin. Throws if it is too short, or its term is none. */
export function decodeBroadcast(frame: Buffer, decodeTerm: (bytes: Uint8Array) => unknown): { topic: string; content: Content } {
  const kind = (frame[1] as number) & KIND;
  const at = FIXED + (frame[2] as number);
  const topicEnd = textEnd(frame, at);
  const topic = frame.toString('utf8', at + 2, topicEnd);
  if (kind === TERM) return { topic, content: { kind: 'term', term: decodeTerm(frame.subarray(topicEnd)) } };
  const eventEnd = textEnd(frame, topicEnd);
  const event = frame.toString('utf8', topicEnd + 2, eventEnd);
  if (kind === EVENT_ONCE) {
    const idEnd = textEnd(frame, eventEnd);
    const id = frame.toString('utf8', eventEnd + 2, idEnd);
    return { topic, content: { kind: 'event', event, payload: frame.toString('utf8', idEnd), id } };
  }
  // A copy of bytes: the frame is a view of a larger buffer of the connection's.
  const payload = kind === EVENT_TEXT ? frame.toString('utf8', eventEnd) : Uint8Array.from(frame.subarray(eventEnd));
  return { topic, content: { kind: 'event', event, payload } };
}

function textEnd(frame: Buffer, at: number): number {
  const end = at + 2 + frame.readUInt16BE(at);
  if (end > frame.length) throw new RangeError('a text ends after its frame');
  return end;
}

import type { Content } from './content.js';
import { RecentTexts } from './recent-texts.js';

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

/** How terms travel: the kernel's codec, as a term is whatever processes send one another. */
export interface TermCodec {
  /** The bytes are `[start, end)` of what is returned, until the next call. */
  pack(term: unknown): Uint8Array & { readonly start: number; readonly end: number };
  decodeRange(bytes: Uint8Array, start: number, end: number): unknown;
}

/** Memory for many small frames: making it for each costs more than all that is written to it. */
const SLAB_BYTES = 1 << 16;
/** A frame that may take more has memory of its own. */
const SMALL_BYTES = 1 << 13;
let slab: Buffer = Buffer.alloc(0);
let used = 0;

/** Where the frame that is being made lies. */
let memory: Buffer = slab;
let begun = 0;
let at = 0;

let headOf: Origin | null = null;
let head: Buffer = Buffer.alloc(0);

/** Begins a frame of at most so many bytes. */
function begin(origin: Origin, flags: number, room: number): void {
  if (origin !== headOf) {
    head = makeHead(origin);
    headOf = origin;
  }
  const most = head.length + room;
  if (most > SMALL_BYTES) {
    memory = Buffer.allocUnsafeSlow(most);
    begun = 0;
  } else {
    if (used + most > slab.length) {
      slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      used = 0;
    }
    memory = slab;
    begun = used;
  }
  at = begun;
  for (let i = 0; i < head.length; i++) memory[at++] = head[i] as number;
  memory[begun + 1] = flags;
}

function makeHead({ node, incarnation }: Origin): Buffer {
  const head = Buffer.alloc(FIXED + node.length);
  head[0] = VERSION;
  head[2] = node.length;
  head.writeDoubleBE(incarnation, 4);
  head.write(node, FIXED, 'latin1');
  return head;
}

function finish(): Buffer {
  const frame = memory.subarray(begun, at);
  if (memory === slab) used = at;
  return frame;
}

/** Most are short and plain, and written in less time than it takes to ask for it. */
const SHORT = 40;

function writeUtf8(text: string): void {
  if (text.length <= SHORT) {
    let to = at;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        to = -1;
        break;
      }
      memory[to++] = code;
    }
    if (to >= 0) {
      at = to;
      return;
    }
  }
  at += memory.write(text, at, 'utf8');
}

/** With its length before it. */
function writeText(text: string): void {
  const start = at;
  at += 2;
  writeUtf8(text);
  memory.writeUInt16BE(at - start - 2, start);
}

function roomFor(text: string): number {
  return 2 + 3 * text.length;
}

export function encodeBroadcast(origin: Origin, topic: string, content: Content, codec: TermCodec): Buffer {
  if (content.kind === 'term') {
    const packed = codec.pack(content.term);
    begin(origin, TERM, roomFor(topic) + packed.end - packed.start);
    writeText(topic);
    memory.set(packed.subarray(packed.start, packed.end), at);
    at += packed.end - packed.start;
    return finish();
  }
  const { event, payload, id } = content;
  const isText = typeof payload === 'string';
  // Three times as much for every long text that is plain would be too much.
  const size = isText && payload.length <= SMALL_BYTES / 3 ? 3 * payload.length : isText ? Buffer.byteLength(payload) : payload.length;
  const once = id !== undefined && isText;
  begin(origin, once ? EVENT_ONCE : isText ? EVENT_TEXT : EVENT_BINARY, roomFor(topic) + roomFor(event) + (once ? roomFor(id) : 0) + size);
  writeText(topic);
  writeText(event);
  if (once) writeText(id);
  if (isText) writeUtf8(payload);
  else {
    memory.set(payload, at);
    at += payload.length;
  }
  return finish();
}

/** Cuts a frame into parts of at most `maxBytes`. */
export function splitBroadcast(origin: Origin, frame: Buffer, number: number, maxBytes: number): Buffer[] {
  const size = maxBytes - FIXED - origin.node.length - 8;
  const count = Math.ceil(frame.length / size);
  return Array.from({ length: count }, (_, index) => {
    const piece = frame.subarray(index * size, (index + 1) * size);
    begin(origin, PART, 8 + piece.length);
    memory.writeUInt32BE(number, at);
    memory.writeUInt16BE(index, at + 4);
    memory.writeUInt16BE(count, at + 6);
    piece.copy(memory, at + 8);
    at += 8 + piece.length;
    return finish();
  });
}

/** The one that came last: the next frame is often from the same run of the same node. */
let lastOrigin: Origin | undefined;
let lastHead: Buffer = Buffer.alloc(0);

/** Undefined for what is no frame. */
export function originOf(frame: Buffer): Origin | undefined {
  if (frame.length < FIXED || frame[0] !== VERSION) return undefined;
  if (lastOrigin !== undefined && startsLike(frame, lastHead)) return lastOrigin;
  const name = frame[2] as number;
  if (name === 0 || frame.length < FIXED + name) return undefined;
  const incarnation = frame.readDoubleBE(4);
  if (!Number.isSafeInteger(incarnation) || incarnation < 0) return undefined;
  lastHead = Buffer.from(frame.subarray(0, FIXED + name));
  lastOrigin = { node: frame.toString('latin1', FIXED, FIXED + name), incarnation };
  return lastOrigin;
}

/** Apart from the flags and the free byte. */
function startsLike(frame: Buffer, head: Buffer): boolean {
  if (frame.length < head.length || frame[2] !== head[2]) return false;
  for (let i = 4; i < head.length; i++) if (frame[i] !== head[i]) return false;
  return true;
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
export function decodeBroadcast(frame: Buffer, codec: TermCodec): { topic: string; content: Content } {
  const kind = (frame[1] as number) & KIND;
  const start = FIXED + (frame[2] as number);
  const topicEnd = textEnd(frame, start);
  const topic = topics.text(frame, start + 2, topicEnd);
  if (kind === TERM) return { topic, content: { kind: 'term', term: codec.decodeRange(frame, topicEnd, frame.length) } };
  const eventEnd = textEnd(frame, topicEnd);
  const event = events.text(frame, topicEnd + 2, eventEnd);
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

const topics = new RecentTexts();
const events = new RecentTexts();

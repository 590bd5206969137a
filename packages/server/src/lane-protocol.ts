import type { Accepted, OpenRequest, Refusal, ReviveRequest } from '@rekindle/channels/internal';
import type { Frame } from '@rekindle/channels/wire';
import type { Content, Scope } from '@rekindle/pubsub';
import { FIRST_APPLICATION_FRAME, FrameReader, type Lane } from '@rekindle/threads/internal';
import type { ForwardedRequest, ForwardedResponse } from './gateway/scheduler-port.js';

// The frames between the gateway and a scheduler, beside the kernels' signals. Numbers are u32, texts and bytes have a
// length before them; what is rare is JSON.

const first = FIRST_APPLICATION_FRAME;

/** To schedulers. */
export const OPEN = first;
export const REVIVE = first + 1;
export const TEXT = first + 2;
export const BINARY = first + 3;
export const CLOSED = first + 4;
export const DELIVER = first + 5;
export const REQUEST = first + 6;
export const INTEREST_READY = first + 7;
export const BATCH_END = first + 8;
export const PRESSURE = first + 9;
export const SETTLE = first + 10;

/** To the gateway. */
export const ACCEPT = first + 32;
export const REFUSE = first + 33;
export const SEND_TEXT = first + 34;
export const SEND_BINARY = first + 35;
export const JOIN = first + 36;
export const LEAVE = first + 37;
export const CLOSE = first + 38;
export const PUBLISH = first + 39;
export const INTERESTED = first + 40;
export const NOT_INTERESTED = first + 41;
export const RESPONSE = first + 42;
export const ACKNOWLEDGE = first + 43;
export const COUNT = first + 44;
export const SETTLED = first + 45;
export const JOIN_KEPT = first + 48;

/** Room for the fixed parts of a frame; texts and bytes make their own. */
const FIXED = 32;

export function writeJson(lane: Lane, kind: number, value: unknown): void {
  lane.out.begin(kind, FIXED);
  lane.out.text(JSON.stringify(value));
  lane.out.end();
  lane.written();
}

export function readJson<T>(payload: Buffer): T {
  return JSON.parse(new FrameReader(payload).text()) as T;
}

/** What `REFUSE` carries. */
export interface Refused {
  readonly connection: number;
  readonly refusal: Refusal;
}

export function writeConnection(lane: Lane, kind: number, connection: number): void {
  lane.out.begin(kind, FIXED);
  lane.out.uint32(connection);
  lane.out.end();
  lane.written();
}

/** A frame that says nothing but its kind. */
export function writeEmpty(lane: Lane, kind: number): void {
  lane.out.begin(kind, FIXED);
  lane.out.end();
  lane.written();
}

/** Two numbers: a connection and something about it. */
export function writePair(lane: Lane, kind: number, connection: number, value: number): void {
  lane.out.begin(kind, FIXED);
  lane.out.uint32(connection);
  lane.out.uint32(value);
  lane.out.end();
  lane.written();
}

export function readPair(payload: Buffer): [connection: number, value: number] {
  const reader = new FrameReader(payload);
  return [reader.uint32(), reader.uint32()];
}

/** A frame of a connection: kind `text` or `binary` by what it is. */
export function writeFrame(lane: Lane, text: number, binary: number, connection: number, frame: Frame): void {
  const { out } = lane;
  if (typeof frame === 'string') {
    out.begin(text, FIXED);
    out.uint32(connection);
    out.text(frame);
  } else {
    out.begin(binary, FIXED);
    out.uint32(connection);
    out.raw(frame);
  }
  out.end();
  lane.written();
}

/** As `writeFrame`, of a frame that is there as bytes: text as UTF-8. */
export function writeReceived(lane: Lane, kind: number, connection: number, bytes: Uint8Array): void {
  const { out } = lane;
  out.begin(kind, FIXED + bytes.length);
  out.uint32(connection);
  out.raw(bytes);
  out.end();
  lane.written();
}

export function readFrame(payload: Buffer, isText: boolean): [connection: number, frame: Frame] {
  const reader = new FrameReader(payload);
  const connection = reader.uint32();
  return [connection, isText ? reader.text() : Uint8Array.from(reader.raw())];
}

const TERM = 0;
const EVENT_TEXT = 1;
const EVENT_BINARY = 2;

/** `encodeTerm` is the kernel's codec: a term is whatever processes send one another. */
export function writePublish(
  lane: Lane,
  kind: number,
  topic: string,
  content: Content,
  scope: Scope,
  except: number | undefined,
  encodeTerm: (term: unknown) => Uint8Array,
): void {
  const { out } = lane;
  const term = content.kind === 'term' ? encodeTerm(content.term) : null;
  out.begin(kind, FIXED);
  out.uint32(scope === 'cluster' ? 1 : 0);
  out.uint32(except ?? 0);
  out.text(topic);
  if (content.kind === 'term') {
    out.uint32(TERM);
    out.raw(term as Uint8Array);
  } else {
    out.uint32(typeof content.payload === 'string' ? EVENT_TEXT : EVENT_BINARY);
    out.text(content.event);
    if (typeof content.payload === 'string') out.text(content.payload);
    else out.raw(content.payload);
  }
  out.end();
  lane.written();
}

export interface Published {
  readonly topic: string;
  readonly content: Content;
  readonly scope: Scope;
  readonly except: number | undefined;
}

export function readPublish(payload: Buffer, decodeTerm: (bytes: Uint8Array) => unknown): Published {
  const reader = new FrameReader(payload);
  const scope = reader.uint32() === 1 ? 'cluster' : 'node';
  const except = reader.uint32();
  const topic = reader.text();
  const kind = reader.uint32();
  let content: Content;
  if (kind === TERM) content = { kind: 'term', term: decodeTerm(reader.raw()) };
  else {
    const event = reader.text();
    content = { kind: 'event', event, payload: kind === EVENT_TEXT ? reader.text() : Uint8Array.from(reader.raw()) };
  }
  return { topic, content, scope, except: except === 0 ? undefined : except };
}

export function writeAccept(lane: Lane, connection: number, { serializer, id, assigns }: Accepted): void {
  const { out } = lane;
  out.begin(ACCEPT, FIXED);
  out.uint32(connection);
  out.text(JSON.stringify({ serializer, id, hasAssigns: assigns !== undefined }));
  out.raw(assigns ?? new Uint8Array());
  out.end();
  lane.written();
}

export function readAccept(payload: Buffer): [connection: number, accepted: Accepted] {
  const reader = new FrameReader(payload);
  const connection = reader.uint32();
  const { serializer, id, hasAssigns } = JSON.parse(reader.text()) as { serializer: string; id?: string; hasAssigns: boolean };
  const assigns = Uint8Array.from(reader.raw());
  return [connection, { serializer, id, assigns: hasAssigns ? assigns : undefined }];
}

export function writeRevive(lane: Lane, { open, accepted }: ReviveRequest): void {
  const { out } = lane;
  out.begin(REVIVE, FIXED);
  out.text(JSON.stringify({ open, serializer: accepted.serializer, id: accepted.id, hasAssigns: accepted.assigns !== undefined }));
  out.raw(accepted.assigns ?? new Uint8Array());
  out.end();
  lane.written();
}

export function readRevive(payload: Buffer): ReviveRequest {
  const reader = new FrameReader(payload);
  const { open, serializer, id, hasAssigns } = JSON.parse(reader.text()) as {
    open: OpenRequest;
    serializer: string;
    id?: string;
    hasAssigns: boolean;
  };
  const assigns = Uint8Array.from(reader.raw());
  return { open, accepted: { serializer, id, assigns: hasAssigns ? assigns : undefined } };
}

export function writeRequest(lane: Lane, { body, ...head }: ForwardedRequest): void {
  const { out } = lane;
  out.begin(REQUEST, FIXED);
  out.text(JSON.stringify(head));
  out.raw(body);
  out.end();
  lane.written();
}

export function readRequest(payload: Buffer): ForwardedRequest {
  const reader = new FrameReader(payload);
  const head = JSON.parse(reader.text()) as Omit<ForwardedRequest, 'body'>;
  return { ...head, body: Uint8Array.from(reader.raw()) };
}

export function writeResponse(lane: Lane, id: number, { body, ...head }: ForwardedResponse): void {
  const { out } = lane;
  out.begin(RESPONSE, FIXED);
  out.uint32(id);
  out.text(JSON.stringify(head));
  out.raw(body);
  out.end();
  lane.written();
}

export function readResponse(payload: Buffer): [id: number, response: ForwardedResponse] {
  const reader = new FrameReader(payload);
  const id = reader.uint32();
  const head = JSON.parse(reader.text()) as Omit<ForwardedResponse, 'body'>;
  return [id, { ...head, body: Uint8Array.from(reader.raw()) }];
}

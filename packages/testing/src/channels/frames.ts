import type { Frame } from '@rekindle/channels/wire';

/** A message of protocol version 2, as a client reads it. */
export interface ServerMessage {
  readonly joinRef: string | null;
  readonly ref: string | null;
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
}

const PUSH = 0;
const REPLY = 1;
const decoder = new TextDecoder();

/** Reads a frame that the server sends: text, or bytes whose first one tells the kind. */
export function readFrame(frame: Frame): ServerMessage {
  if (typeof frame !== 'string') return readBinary(frame);
  const [joinRef, ref, topic, event, payload] = JSON.parse(frame) as [string | null, string | null, string, string, unknown];
  return { joinRef, ref, topic, event, payload };
}

function readBinary(frame: Uint8Array): ServerMessage {
  const kind = frame[0];
  const fields = kind === REPLY ? 4 : kind === PUSH ? 3 : 2;
  const texts: string[] = [];
  let at = 1 + fields;
  for (const length of frame.subarray(1, 1 + fields)) {
    texts.push(decoder.decode(frame.subarray(at, at + length)));
    at += length;
  }
  const data = frame.slice(at);
  if (kind === REPLY) {
    const [joinRef = '', ref = '', topic = '', status = ''] = texts;
    return { joinRef, ref, topic, event: 'phx_reply', payload: { status, response: data } };
  }
  const [first = '', second = '', third = ''] = texts;
  if (kind === PUSH) return { joinRef: first, ref: null, topic: second, event: third, payload: data };
  return { joinRef: null, ref: null, topic: first, event: second, payload: data };
}

const HEADER = 5;

/** A push of bytes, as a client sends it. */
export function binaryPush(joinRef: string, ref: string, topic: string, event: string, payload: Uint8Array): Uint8Array {
  const fields = [joinRef, ref, topic, event].map((field) => new TextEncoder().encode(field));
  return Uint8Array.from([PUSH, ...fields.map(({ length }) => length), ...fields.flatMap((field) => [...field]), ...payload]).subarray(
    0,
    HEADER + fields.reduce((sum, { length }) => sum + length, 0) + payload.length,
  );
}

/** Parameters as a query, nested ones as `a[b]=c`: everything arrives as text, as it does from a real client. */
export function queryOf(params: { readonly [key: string]: unknown }): string {
  const pairs: [string, string][] = [];
  const add = (key: string, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) add(`${key}[]`, item);
    else if (typeof value === 'object' && value !== null) for (const [name, part] of Object.entries(value)) add(`${key}[${name}]`, part);
    else if (value !== undefined) pairs.push([key, String(value)]);
  };
  for (const [key, value] of Object.entries(params)) add(key, value);
  return new URLSearchParams(pairs).toString();
}

import type { Payload } from '@rekindle/pubsub';

/** What a push or broadcast carries, encoded once: objects as JSON text, bytes as they are. */
export function encodePayload(payload: unknown): Payload {
  if (payload instanceof Uint8Array) return payload;
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new TypeError(`the payload of a push or broadcast: expected an object or bytes, got ${describe(payload)}`);
  }
  return jsonOf(payload);
}

/** What a reply carries: any JSON value, or bytes. */
export function encodeReply(value: unknown): Payload {
  if (value instanceof Uint8Array) return value;
  return jsonOf(value ?? null);
}

/** Bytes within JSON would arrive as something else. They leave a mark in the text, so only what has one is looked through. */
function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  if ((text.includes('{"0":') || text.includes('"type":"Buffer"')) && holdsBytes(value)) {
    throw new TypeError('a payload: expected bytes alone or an object without them, got an object that holds bytes');
  }
  return text;
}

function holdsBytes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ArrayBuffer.isView(value) || Object.values(value).some(holdsBytes);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

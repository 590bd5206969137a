import type { Payload } from '@rekindle/pubsub';

/** What a push or broadcast carries, encoded once: objects as JSON text, bytes as they are. */
export function encodePayload(payload: unknown): Payload {
  if (payload instanceof Uint8Array) return payload;
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new TypeError(`the payload of a push or broadcast: expected an object or bytes, got ${describe(payload)}`);
  }
  return JSON.stringify(payload);
}

/** What a reply carries: any JSON value, or bytes. */
export function encodeReply(value: unknown): Payload {
  if (value instanceof Uint8Array) return value;
  return JSON.stringify(value ?? null) ?? 'null';
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

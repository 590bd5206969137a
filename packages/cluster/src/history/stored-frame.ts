import type { MsgHdrs } from '@nats-io/transport-node';
import type { StoredEvent } from '@rekindle/pubsub';
import { decodeBroadcast, encodeBroadcast, type Origin, type TermCodec } from '@rekindle/pubsub/internal';

// What the stream keeps of an event is the frame that nodes send one another.

const NO_TERMS: TermCodec = {
  pack: () => Object.assign(new Uint8Array(), { start: 0, end: 0 }),
  decodeRange: () => null,
};

export function encodeEvent(origin: Origin, topic: string, event: string, payload: string): Buffer {
  return encodeBroadcast(origin, topic, { kind: 'event', event, payload }, NO_TERMS);
}

/** Null for what is no event of the topic. */
export function decodeEvent(
  topic: string,
  data: Uint8Array,
  headers: MsgHdrs | undefined,
  position: number,
  ageMs: number,
): StoredEvent | null {
  try {
    const { topic: published, content } = decodeBroadcast(Buffer.from(data.buffer, data.byteOffset, data.length), NO_TERMS);
    if (!(position > 0) || published !== topic || content.kind !== 'event' || typeof content.payload !== 'string') return null;
    return { position, event: content.event, payload: content.payload, ageMs, key: headers?.get('Nats-Msg-Id') ?? '' };
  } catch {
    return null;
  }
}

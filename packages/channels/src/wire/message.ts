/** A frame from a client, whatever its format. Fields hold what came: refs, topic and event may be any JSON value. */
export interface Message {
  readonly joinRef: unknown;
  readonly ref: unknown;
  readonly topic: unknown;
  readonly event: unknown;
  /** A JSON value, or the bytes of a binary frame. */
  readonly payload: unknown;
}

/** A frame for a client: text, or bytes. */
export type Frame = string | Uint8Array;

/**
 * One version of the protocol. Refs and topics are given as JSON text, so that what stays the same for a channel's life is
 * written once; `payload` is JSON text or bytes.
 */
export interface Serializer {
  /** What connections remember it by, and logs and connect info show. */
  readonly name: string;
  /** All its frames are bytes: it cannot be spoken over long-polling, which carries text. */
  readonly isBinary?: boolean;
  /** What a client's frame looks like, for whoever sent something else. */
  readonly expects: string;
  /** Null when the frame cannot be decoded: the connection is closed with 1011. */
  decodeText(text: string): Message | null;
  decodeBinary(bytes: Uint8Array): Message | null;
  reply(joinRef: string, ref: string, topic: string, status: string, payload: string | Uint8Array): Frame;
  push(joinRef: string, topic: string, event: string, payload: string | Uint8Array): Frame;
  /**
   * `position`: the event's number on a recoverable topic, which the client gives back when it joins again. It stands where a
   * reply has its ref, as `positionRef` writes it: official clients hand it to their channel's `onMessage`, and do nothing else with it.
   */
  broadcast(topic: string, event: string, payload: string | Uint8Array, position?: number): Frame;
  /** `phx_close` and `phx_error`: the join's ref stands for both refs. */
  end(event: 'phx_close' | 'phx_error', joinRef: string, topic: string): Frame;
}

const MAX_DEPTH = 16;

/**
 * Refs and topics are given back as they came. They are scalars, or by way of exception something flat: what is nested without end could be
 * read, but not written again.
 */
export function canBeGivenBack(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((part) => canBeGivenBack(part, depth - 1));
}

/** A position as a frame's ref. No client makes such refs for its pushes and heartbeats, so it answers none of them. */
export function positionRef(position: number): string {
  return `@${position}`;
}

/** A field of a binary frame is longer than its length byte can say. */
export class FieldTooLong extends Error {
  override readonly name = 'FieldTooLong';
}

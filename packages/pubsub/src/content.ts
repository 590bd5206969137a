/** What is published: a value for processes, or an event for channels, its payload encoded once by the publisher. */
export type Content =
  | { readonly kind: 'term'; readonly term: unknown }
  | {
      readonly kind: 'event';
      readonly event: string;
      readonly payload: Payload;
      /** Every node takes an event of a topic with the same one only once, for a while. */
      readonly id?: string;
    };

/** JSON text, or the bytes of a binary payload. */
export type Payload = string | Uint8Array;

/** What a subscribed process gets of a channel's broadcast. Phoenix: `%Phoenix.Socket.Broadcast{}`. */
export interface Broadcast<P = unknown> {
  readonly type: 'broadcast';
  readonly topic: string;
  readonly event: string;
  readonly payload: P;
}

/** Everyone on all nodes, or only on this one. */
export type Scope = 'cluster' | 'node';

const decoded = new WeakMap<object, unknown>();

/** The payload as receivers see it; parsed once per published event, however many receive it. */
export function payloadOf(content: Extract<Content, { kind: 'event' }>): unknown {
  const { payload } = content;
  if (typeof payload !== 'string') return payload;
  if (!decoded.has(content)) decoded.set(content, JSON.parse(payload));
  return decoded.get(content);
}

/** What a subscribed process is sent. */
export function messageOf(topic: string, content: Content): unknown {
  if (content.kind === 'term') return content.term;
  return { type: 'broadcast', topic, event: content.event, payload: payloadOf(content) } satisfies Broadcast;
}

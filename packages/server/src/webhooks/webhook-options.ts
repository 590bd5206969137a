/** What a webhook can be told of. */
export type WebhookEventType = 'occupied' | 'vacated' | 'joined' | 'left';

/** Tells another service by HTTP who comes to topics, and who goes. */
export interface WebhookOptions {
  /** For people and logs: the URL may be a secret. One of its own for each webhook. */
  readonly name: string;
  /** Where to: `https://...`, or `http://...`. Is sent a `POST` with a JSON body. */
  readonly url: string;
  /** What requests are signed with: `whsec_` and 24 to 64 random bytes in base64. */
  readonly secret: string;
  /** Topics, or patterns such as `match:*`. */
  readonly topics: readonly string[];
  /** `occupied` and `vacated`: the first on this node joins, the last leaves. `joined` and `left`: each. Default the first two. */
  readonly events?: readonly WebhookEventType[];
  /** Events that may wait; the oldest are dropped for newer ones. Default 10,000. */
  readonly maxQueued?: number;
  /** An event that could not be delivered for so long is dropped, in milliseconds. Default 3,600,000. */
  readonly maxAgeMs?: number;
  /** How long the answer to a request may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

/** The same with every default filled in. */
export type WebhookSpec = Required<WebhookOptions>;

export function webhookSpec(options: WebhookOptions): WebhookSpec {
  return { events: ['occupied', 'vacated'], maxQueued: 10_000, maxAgeMs: 3_600_000, timeoutMs: 10_000, ...options };
}

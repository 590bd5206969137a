import type { Hub } from '@rekindle/pubsub/internal';
import { BodyTooLarge, type HttpRequest, type HttpResponse } from '../adapters/adapter.js';
import { hashOf, type KeySpec, type PublishSpec } from './publish-options.js';
import { type Publication, type Refused, readPublish } from './publish-request.js';

/** What is counted. */
export interface PublishCounters {
  published: number;
  publishRepeated: number;
  publishRefused: number;
}

/** One key can be written in several ways. */
const MAX_HEADERS = 1000;

/** Takes messages from other services over HTTP, on the gateway: it runs no code of the application. */
export class PublishApi {
  readonly #hub: Hub;
  readonly #spec: PublishSpec;
  readonly #maxBodyBytes: number;
  readonly #counters: PublishCounters;
  readonly #keys: ReadonlyMap<string, KeySpec>;
  /** Headers that were found good: hashing takes longer than the rest. */
  readonly #byHeader = new Map<string, KeySpec>();

  constructor(hub: Hub, spec: PublishSpec, maxBodyBytes: number, counters: PublishCounters) {
    this.#hub = hub;
    this.#spec = spec;
    this.#maxBodyBytes = maxBodyBytes;
    this.#counters = counters;
    this.#keys = new Map(spec.keys.map((key) => [key.hash, key]));
  }

  isAt(path: string): boolean {
    return path === this.#spec.path;
  }

  /** Answers when this node's clients have been sent it, and the other nodes have been told. */
  async answer(request: HttpRequest): Promise<HttpResponse> {
    const refused = (reason: Refused): HttpResponse => {
      this.#counters.publishRefused++;
      const { status, ...error } = reason;
      return json(status, { error }, status === 405 ? [['allow', 'POST']] : status === 401 ? [['www-authenticate', 'Bearer']] : []);
    };
    if (request.method !== 'POST') return refused({ status: 405, code: 'bad_method', message: `expected POST, got ${request.method}` });
    // Who may not publish is not read from, either.
    const key = this.#keyOf(request.headers.authorization);
    if ('status' in key) return refused(key);
    let body: Uint8Array;
    try {
      body = await request.body(this.#maxBodyBytes);
    } catch (error) {
      if (error instanceof BodyTooLarge) return refused({ status: 413, code: 'body_too_large', message: error.message });
      return refused({ status: 400, code: 'bad_body', message: 'the body could not be read' });
    }
    const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
    const messages = readPublish(text, request.headers['idempotency-key'], key, this.#spec);
    if ('status' in messages) return refused(messages);
    return json(200, this.#publish(messages));
  }

  #keyOf(header: string | undefined): KeySpec | Refused {
    const known = this.#byHeader.get(header ?? '');
    const key = known ?? this.#lookUp(header ?? '');
    if ('status' in key || key.expiresAt === undefined || Date.now() < key.expiresAt) return key;
    return { status: 401, code: 'expired_key', message: `the key '${key.name}' expired on ${new Date(key.expiresAt).toISOString()}` };
  }

  #lookUp(header: string): KeySpec | Refused {
    const [, given] = /^Bearer +(\S+)$/i.exec(header) ?? [];
    if (given === undefined) return { status: 401, code: 'no_key', message: 'expected the header Authorization: Bearer KEY' };
    const key = this.#keys.get(hashOf(given));
    if (key === undefined) return { status: 401, code: 'unknown_key', message: 'no such key' };
    if (this.#byHeader.size < MAX_HEADERS) this.#byHeader.set(header, key);
    return key;
  }

  #publish(messages: readonly Publication[]): { published: number; repeated: number } {
    let published = 0;
    let repeated = 0;
    for (const { topics, event, payload, id } of messages) {
      const content = { kind: 'event', event, payload, ...(id === undefined ? {} : { id }) } as const;
      for (const topic of topics) {
        if (this.#hub.publish(topic, content, 'cluster', null, undefined)) published++;
        else repeated++;
      }
    }
    this.#counters.published += published;
    this.#counters.publishRepeated += repeated;
    return { published, repeated };
  }
}

function json(status: number, value: object, headers: readonly (readonly [string, string])[] = []): HttpResponse {
  return {
    status,
    headers: [['content-type', 'application/json'], ['cache-control', 'no-store'], ...headers],
    body: JSON.stringify(value),
  };
}

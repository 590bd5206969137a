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

/** How long a publisher waits until its messages are kept. */
const KEPT_TIMEOUT_MS = 5000;

const NOT_KEPT: Refused = {
  status: 503,
  code: 'not_kept',
  message:
    'it is not certain that all messages are kept: publish them again with the same ids, and those that are kept already are not repeated',
};

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

  /**
   * Answers when this node's clients have been sent it, and the other nodes have been told; on topics that are kept for all nodes,
   * when it is kept.
   */
  async answer(request: HttpRequest): Promise<HttpResponse> {
    const refused = (reason: Refused): HttpResponse => {
      this.#counters.publishRefused++;
      const { status, ...error } = reason;
      return json(
        status,
        { error },
        status === 405
          ? [['allow', 'POST']]
          : status === 401
            ? [['www-authenticate', 'Bearer']]
            : status === 503
              ? [['retry-after', '1']]
              : [],
      );
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
    const tooLarge = this.#tooLarge(messages);
    if (tooLarge !== null) return refused(tooLarge);
    const { published, repeated, keeping } = this.#publish(messages);
    if (keeping.length === 0) return json(200, { published, repeated });
    const kept = await this.#kept(keeping);
    return kept === null ? refused(NOT_KEPT) : json(200, { published: published + kept, repeated: repeated + keeping.length - kept });
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

  /** The first message that can never be kept where its topic is: then none is published. */
  #tooLarge(messages: readonly Publication[]): Refused | null {
    for (const { topics, content, path } of messages) {
      for (const topic of topics) {
        const message = this.#hub.tooLarge(topic, content);
        if (message !== null) return { status: 413, code: 'event_too_large', message, ...(path === '' ? {} : { path }) };
      }
    }
    return null;
  }

  /** Counts topics; those that are kept for all nodes are counted when they are. */
  #publish(messages: readonly Publication[]): { published: number; repeated: number; keeping: Promise<boolean>[] } {
    let published = 0;
    let repeated = 0;
    const keeping: Promise<boolean>[] = [];
    for (const { topics, content } of messages) {
      for (const topic of topics) {
        const isNew = this.#hub.publishKept(topic, content);
        if (typeof isNew !== 'boolean') keeping.push(isNew);
        else if (isNew) published++;
        else repeated++;
      }
    }
    this.#counters.published += published;
    this.#counters.publishRepeated += repeated;
    return { published, repeated, keeping };
  }

  /** How many were new; null when some may not have been kept. */
  async #kept(keeping: readonly Promise<boolean>[]): Promise<number | null> {
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<null>((resolve) => {
      late = setTimeout(() => resolve(null), KEPT_TIMEOUT_MS);
    });
    const all = await Promise.race([Promise.all(keeping).catch(() => null), tooLate]);
    clearTimeout(late);
    if (all === null) return null;
    const published = all.filter((isNew) => isNew).length;
    this.#counters.published += published;
    this.#counters.publishRepeated += all.length - published;
    return published;
  }
}

function json(status: number, value: object, headers: readonly (readonly [string, string])[] = []): HttpResponse {
  return {
    status,
    headers: [['content-type', 'application/json'], ['cache-control', 'no-store'], ...headers],
    body: JSON.stringify(value),
  };
}

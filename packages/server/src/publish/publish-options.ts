import { createHash } from 'node:crypto';
import { matches, type PolicyTable } from '@rekindle/pubsub/internal';

/** Lets other services publish with a plain HTTP request. */
export interface PublishOptions {
  /** Where requests are taken. Default `/api/publish`. */
  readonly path?: string;
  readonly keys: readonly PublishKey[];
  /** The topic of a user: what stands for `*` is the user's name. Default `user:*`. */
  readonly userTopic?: string;
  /** How long a repeated message is known as one, in milliseconds. Default 120,000. */
  readonly idempotencyMs?: number;
  /** Messages of one request. Default 1,000. */
  readonly maxMessages?: number;
}

/** Who may publish, and what to. */
export interface PublishKey {
  /** For people and logs: never the key itself. */
  readonly name: string;
  /** What comes as `Authorization: Bearer ...`; at least 20 characters. */
  readonly key: string;
  /** Topics, or patterns such as `match:*`. */
  readonly topics: readonly string[];
  /** From then on the key is refused; milliseconds since 1970. Default: never. */
  readonly expiresAt?: number;
}

/** The same as plain data, without the secrets. */
export interface PublishSpec {
  readonly path: string;
  readonly keys: readonly KeySpec[];
  readonly userTopic: string;
  readonly idempotencyMs: number;
  readonly maxMessages: number;
  /** Patterns of all topics that can be joined. */
  readonly topics: readonly string[];
}

export interface KeySpec extends Omit<PublishKey, 'key'> {
  /** SHA-256 of the key, in base64. */
  readonly hash: string;
}

export const DEFAULT_IDEMPOTENCY_MS = 120_000;

export function publishSpec(options: PublishOptions, prefix: string, topics: readonly string[]): PublishSpec {
  return {
    path: `${prefix}${options.path ?? '/api/publish'}`,
    keys: options.keys.map(({ key, ...others }) => ({ ...others, hash: hashOf(key) })),
    userTopic: options.userTopic ?? 'user:*',
    idempotencyMs: options.idempotencyMs ?? DEFAULT_IDEMPOTENCY_MS,
    maxMessages: options.maxMessages ?? 1000,
    topics,
  };
}

/** What is compared is the hash: how long the comparison takes says nothing about the key. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}

export function allows(key: KeySpec, topic: string): boolean {
  return key.topics.some((pattern) => matches(pattern, topic));
}

/** All patterns of tables. */
export function patternsOf(tables: readonly PolicyTable[]): string[] {
  return [...new Set(tables.flatMap((table) => table.map(([pattern]) => pattern)))];
}

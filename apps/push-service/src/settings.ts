import type { PublishKey } from 'rekindle';
import { z } from 'zod';

/** What can be set from outside. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Where Prometheus finds the metrics; null: nowhere. */
  readonly metricsPort: number | null;
  readonly schedulers: number | undefined;
  readonly adapter: 'auto' | 'uws' | 'node';
  /** Takes connections; takes what is published. */
  readonly sockets: boolean;
  readonly publishers: boolean;
  readonly publishKeys: readonly PublishKey[];
  /** Clients' tokens are signed with it (HS256). */
  readonly tokenSecret: string;
  /** Topics that everybody may join, without a token. */
  readonly publicTopics: readonly string[];
  readonly recoverMessages: number;
  readonly recoverSeconds: number;
  readonly node: string | undefined;
  readonly cluster: { readonly name: string; readonly servers: string; readonly history: 'memory' | 'jetstream' } | undefined;
}

/** A variable that says something impossible. The message is for whoever started the program. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
  readonly code = 'bad_setting';
}

const count = (most: number) => z.coerce.number().int().min(0).max(most);
const pattern = z
  .string()
  .min(1)
  .regex(/^[^*]*\*?$/);

const keys = z.array(
  z.strictObject({ name: z.string(), key: z.string().min(20), topics: z.array(pattern).min(1), expiresAt: z.number().optional() }),
);

const variables = z.object({
  PORT: count(65_535).default(4000),
  HOST: z.string().default('0.0.0.0'),
  METRICS_PORT: count(65_535).optional(),
  SCHEDULERS: count(64).optional(),
  ADAPTER: z.enum(['auto', 'uws', 'node']).default('auto'),
  ROLE: z.enum(['all', 'sockets', 'publishers']).default('all'),
  PUBLISH_KEYS: z.string().default('[]').transform(asJson).pipe(keys),
  TOKEN_SECRET: z.string().min(32).optional(),
  PUBLIC_TOPICS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((topic) => topic !== ''))
    .pipe(z.array(pattern)),
  RECOVER_MESSAGES: count(100_000).min(1).default(100),
  RECOVER_SECONDS: count(86_400).min(1).default(300),
  NODE_NAME: z.string().optional(),
  NATS_URL: z.string().optional(),
  CLUSTER: z.string().default('push'),
  HISTORY: z.enum(['memory', 'jetstream']).default('memory'),
});

/** Null for what is none: then the list that was expected is missed. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Throws `BadSetting` with every variable that does not fit. Values are not shown: some are secrets. */
export function settings(environment: { readonly [variable: string]: string | undefined }): Settings {
  const { data, error } = variables.safeParse(environment);
  if (error !== undefined) {
    throw new BadSetting(
      error.issues.map(({ path, message }) => `${path.join('.')}: ${message.replace(/^Invalid input: /, '')}`).join('; '),
    );
  }
  const sockets = data.ROLE !== 'publishers';
  const publishers = data.ROLE !== 'sockets';
  if (sockets && data.TOKEN_SECRET === undefined && data.PUBLIC_TOPICS.length === 0) {
    throw new BadSetting('TOKEN_SECRET: expected at least 32 characters, or PUBLIC_TOPICS that need no token');
  }
  if (publishers && data.PUBLISH_KEYS.length === 0) {
    throw new BadSetting(
      `PUBLISH_KEYS: expected a list of keys: '[{"name":"scores","key":"at least 20 characters","topics":["match:*"]}]'`,
    );
  }
  if (data.NATS_URL !== undefined && data.NODE_NAME === undefined) {
    throw new BadSetting("NODE_NAME: with NATS_URL this is one of several nodes and needs a name of its own, as in 'sockets-1'");
  }
  return {
    port: data.PORT,
    host: data.HOST,
    metricsPort: data.METRICS_PORT ?? null,
    schedulers: data.SCHEDULERS,
    adapter: data.ADAPTER,
    sockets,
    publishers,
    publishKeys: data.PUBLISH_KEYS.map(({ expiresAt, ...key }) => ({ ...key, ...(expiresAt === undefined ? {} : { expiresAt }) })),
    tokenSecret: data.TOKEN_SECRET ?? '',
    publicTopics: data.PUBLIC_TOPICS,
    recoverMessages: data.RECOVER_MESSAGES,
    recoverSeconds: data.RECOVER_SECONDS,
    node: data.NODE_NAME,
    cluster: data.NATS_URL === undefined ? undefined : { name: data.CLUSTER, servers: data.NATS_URL, history: data.HISTORY },
  };
}

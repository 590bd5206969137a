import { MisuseError } from '@rekindle/kernel';

export interface RedisOptions {
  /** `redis://[user:password@]host[:port][/db]`, with TLS `rediss://`. */
  readonly url: string;
  /** Nodes with the same name on the same Redis hear each other: `[A-Za-z0-9_-]{1,32}`. */
  readonly name: string;
  /**
   * `'topic'` (the default): a node hears of the topics that somebody there wants. `'flood'`: every node hears everything and drops
   * what nobody wants, which is less work when most topics are wanted on most nodes. The same on all nodes.
   */
  readonly interest?: 'topic' | 'flood';
  /** How long `connectRedis` waits for Redis before the node goes on without. Default 2,000. */
  readonly connectTimeoutMs?: number;
}

const KNOWN: ReadonlySet<string> = new Set(['url', 'name', 'interest', 'connectTimeoutMs'] satisfies (keyof RedisOptions)[]);

/** Throws `bad_option` for what cannot work. */
export function checkOptions(options: RedisOptions): void {
  if (typeof options !== 'object' || options === null)
    throw bad('redis: expected options', options, "{ url: 'redis://127.0.0.1', name: 'chat' }");
  const unknown = Object.keys(options).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw bad(`redis: expected ${[...KNOWN].join(', ')}`, unknown, "{ url: 'redis://127.0.0.1', name: 'chat' }");
  const { url, name, interest = 'topic', connectTimeoutMs = 0 } = options;
  if (typeof url !== 'string' || !/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw bad('redis.url: expected the address of a Redis server', shownUrl(url), "url: 'redis://127.0.0.1:6379'");
  }
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,32}$/.test(name)) {
    throw bad("redis.name: expected 1 to 32 letters, digits, '_' or '-'", name, "name: 'chat'");
  }
  if (interest !== 'topic' && interest !== 'flood') throw bad("redis.interest: expected 'topic' or 'flood'", interest, "interest: 'topic'");
  if (!(connectTimeoutMs >= 0 && connectTimeoutMs <= 2 ** 31 - 1)) {
    throw bad('redis.connectTimeoutMs: expected milliseconds', connectTimeoutMs, 'connectTimeoutMs: 2_000');
  }
}

/** As people may see it: a name and a password in it are nobody's business. */
export function shownUrl(url: unknown): string {
  return String(url).replace(/^([a-z]+:\/\/)?.*@/, '$1');
}

function bad(expected: string, came: unknown, works: string): MisuseError {
  const shown = typeof came === 'string' ? `'${came}'` : (JSON.stringify(came) ?? String(came));
  return new MisuseError('bad_option', `${expected}, got ${shown}; for example ${works}`);
}

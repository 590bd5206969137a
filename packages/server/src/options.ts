import { isIP } from 'node:net';
import { inspect } from 'node:util';
import { MisuseError } from '@rekindle/kernel';
import { z } from 'zod';
import { isWebhookSecret } from './webhooks/webhook-signature.js';

const milliseconds = z.int().min(1).max(2_147_483_647);
const bytes = z
  .int()
  .min(1)
  .max(1 << 30);
const either = z.boolean();
const fn = z.custom((value) => typeof value === 'function', 'expected a function');
const socketClass = z.custom((value) => typeof value === 'function', 'expected a class that extends Socket');
const path = z.string().regex(/^\/[^?#]*$/, 'expected a path that begins with /');
/** uWebSockets.js would read segments such as `:user` and `*` as patterns, ws would not. */
const socketPath = path.regex(/^(?!.*\/(?::|\*))/, 'expected a path without variables (the client can send parameters)');
const folder = z.union([z.string().min(1), z.instanceof(URL)]);

const rate = z.union(
  [z.strictObject({ perSecond: z.number().positive().max(1e6), burst: z.int().min(1).max(1e9) }), z.literal(false)],
  'expected { perSecond, burst } or false',
);
const socketLimits = z.strictObject({ joins: rate.optional(), events: rate.optional() });

const network = z.string().refine(isNetwork, 'expected an address or a network such as 10.0.0.0/8');

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const headerName = z.string().regex(/^x-[\w-]+$/i, 'expected the name of a header that begins with x-');

const socket = z.strictObject({
  handler: socketClass,
  websocket: either.optional(),
  longpoll: either.optional(),
  sse: z.union([either, path], 'expected true, false or a path that begins with /').optional(),
  longpollWindowMs: milliseconds.optional(),
  authToken: either.optional(),
  timeoutMs: milliseconds.optional(),
  maxFrameBytes: bytes.optional(),
  maxChannels: z.int().min(1).optional(),
  limits: socketLimits.optional(),
  compression: either.optional(),
  connectInfo: z.strictObject({ xHeaders: z.array(headerName).optional() }).optional(),
  errorHandler: fn.optional(),
});

const drainer = z.strictObject({
  readinessMs: z.int().min(0).max(2_147_483_647).optional(),
  batchSize: z.int().min(1).optional(),
  batchIntervalMs: z.int().min(0).max(2_147_483_647).optional(),
  deadlineMs: z.int().min(0).max(2_147_483_647).optional(),
});

const pattern = z.string().regex(/^[^*]*\*?$/, "expected a topic, or a pattern with '*' at its end");

const publish = z.strictObject({
  path: path.optional(),
  keys: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(64),
        key: z.string().regex(/^[\x21-\x7e]{20,512}$/, 'expected 20 to 512 characters without spaces'),
        topics: z.array(pattern).min(1),
        expiresAt: z.number().positive().optional(),
      }),
    )
    .min(1),
  userTopic: z
    .string()
    .regex(/^[^*]*\*[^*]*$/, "expected a topic with one '*' for the user's name")
    .optional(),
  idempotencyMs: milliseconds.optional(),
  maxMessages: z.int().min(1).max(100_000).optional(),
});

const webhook = z.strictObject({
  name: z.string().min(1).max(64),
  url: z.string().refine(isPlainUrl, 'expected a URL that begins with https:// or http://, without a user and password'),
  secret: z.string().refine(isWebhookSecret, 'expected whsec_ and 24 to 64 bytes in base64'),
  topics: z.array(pattern).min(1),
  events: z
    .array(z.enum(['occupied', 'vacated', 'joined', 'left']))
    .min(1)
    .optional(),
  maxQueued: z.int().min(1).max(1_000_000).optional(),
  maxAgeMs: milliseconds.optional(),
  timeoutMs: milliseconds.optional(),
});

const webhooks = z
  .array(webhook)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'expected a name of its own for each');

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

const vsn = z.string().regex(/^\d+\.\d+\.(\d+|\*)$/, 'expected a version such as 3.0.0 or 3.0.*');

const staticFolder = z.strictObject({
  folder,
  cacheControl: z
    .string()
    .regex(/^[\x20-\x7e]+$/)
    .optional(),
});

const endpoint = z.strictObject({
  sockets: z.record(socketPath, socket).optional(),
  http: z.union([fn, z.looseObject({ fetch: fn })], 'expected a function or an object with a function `fetch`').optional(),
  static: z.union([folder, z.record(path, z.union([folder, staticFolder]))], 'expected a folder, or folders by path').optional(),
  path: z
    .string()
    .regex(/^(\/[^/?#]+)*\/?$/, 'expected a path such as /app')
    .optional(),
  checkOrigin: z.union([either, z.array(z.string()), fn], 'expected true, false, a list of hosts or a function').optional(),
  limits: z
    .union(
      [socketLimits.extend({ connects: rate.optional() }), z.literal(false)],
      'expected false or { connects?, joins?, events? }, each { perSecond, burst } or false',
    )
    .optional(),
  trustedProxies: z.array(network).optional(),
  proxyProtocol: either.optional(),
  serializers: z.record(vsn, z.union([z.string().min(1), z.instanceof(URL)], 'expected the path or URL of a module')).optional(),
  publish: publish.optional(),
  webhooks: webhooks.optional(),
  drainer: drainer.optional(),
  readiness: path.optional(),
  tls: z.strictObject({ certFile: folder, keyFile: folder, passphrase: z.string().optional(), clientCaFile: folder.optional() }).optional(),
  httpCompression: either.optional(),
  maxBufferedBytes: bytes.optional(),
  maxBodyBytes: bytes.optional(),
});

const startOptions = z.strictObject({
  module: z.union([z.string().min(1), z.instanceof(URL)], 'expected a path or a URL'),
  port: z.int().min(0).max(65_535).optional(),
  host: z.string().min(1).optional(),
  schedulers: z.int().min(0).max(1024).optional(),
  adapter: z.enum(['auto', 'uws', 'node']).optional(),
  node: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, - and _')
    .optional(),
  strictMessages: either.optional(),
  stuckAfterMs: milliseconds.optional(),
  resourceLimits: z
    .strictObject({
      maxOldGenerationSizeMb: z.number().min(16).optional(),
      maxYoungGenerationSizeMb: z.number().min(1).optional(),
      stackSizeMb: z.number().min(1).optional(),
    })
    .optional(),
  recycleTimeoutMs: milliseconds.optional(),
  stopOnSignals: either.optional(),
  stopTimeoutMs: milliseconds.optional(),
  connect: fn.optional(),
  onFatal: fn.optional(),
});

/** Throws `bad_option` with every option that does not fit: what was expected, what came. */
export function checkStartOptions(options: unknown): void {
  check('startApplication', startOptions, options);
}

export function checkEndpoint(options: unknown): void {
  check('defineApplication: endpoint', endpoint, options);
  const { proxyProtocol, trustedProxies = [], tls } = options as z.infer<typeof endpoint>;
  if (proxyProtocol !== true) return;
  const fits = tls === undefined && trustedProxies.length > 0;
  if (!fits) {
    throw new MisuseError(
      'bad_option',
      'defineApplication: endpoint.proxyProtocol: expected trustedProxies beside it, and no tls (the proxy has to end TLS)',
    );
  }
}

function check(where: string, schema: z.ZodType, options: unknown): void {
  const { error } = schema.safeParse(options);
  if (error === undefined) return;
  const problems = error.issues.map((issue) => {
    if (issue.code === 'invalid_key') {
      const [key, ...up] = issue.path.toReversed();
      return `${[where, ...up.reverse()].join('.')}: ${issue.issues[0]?.message}, got ${show(key)}`;
    }
    const isSecret = SECRETS.has(String(issue.path.at(-1)));
    const came = issue.code === 'unrecognized_keys' || isSecret ? '' : `, got ${show(at(options, issue.path))}`;
    return `${[where, ...issue.path].join('.')}: ${issue.message.replace(/^Invalid (input|option): /, '')}${came}`;
  });
  throw new MisuseError('bad_option', problems.join('; '));
}

/** Options whose values are never shown. */
const SECRETS = new Set(['key', 'passphrase', 'secret', 'url', 'webhooks']);

function at(options: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((value, key) => (value as { [key: PropertyKey]: unknown } | undefined)?.[key], options);
}

function show(value: unknown): string {
  return inspect(value, { depth: 0, maxStringLength: 60, breakLength: Number.POSITIVE_INFINITY });
}

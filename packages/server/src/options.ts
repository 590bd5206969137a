import { inspect } from 'node:util';
import { MisuseError } from '@rekindle/kernel';
import { z } from 'zod';

const milliseconds = z.int().min(1).max(2_147_483_647);
const bytes = z
  .int()
  .min(1)
  .max(1 << 30);
const either = z.boolean();
const fn = z.custom((value) => typeof value === 'function', 'expected a function');
const socketClass = z.custom((value) => typeof value === 'function', 'expected a class that extends Socket');
const path = z.string().regex(/^\/[^?#]*$/, 'expected a path that begins with /');
const folder = z.union([z.string().min(1), z.instanceof(URL)]);

const socket = z.strictObject({
  handler: socketClass,
  websocket: either.optional(),
  longpoll: either.optional(),
  longpollWindowMs: milliseconds.optional(),
  authToken: either.optional(),
  timeoutMs: milliseconds.optional(),
  maxFrameBytes: bytes.optional(),
  maxChannels: z.int().min(1).optional(),
});

const endpoint = z.strictObject({
  sockets: z.record(path, socket).optional(),
  http: z.union([fn, z.looseObject({ fetch: fn })], 'expected a function or an object with a function `fetch`').optional(),
  static: z.union([folder, z.record(path, folder)], 'expected a folder, or folders by path').optional(),
  checkOrigin: z.union([either, z.array(z.string())], 'expected true, false or a list of hosts').optional(),
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
  connect: fn.optional(),
  onFatal: fn.optional(),
});

/** Throws `bad_option` with every option that does not fit: what was expected, what came. */
export function checkStartOptions(options: unknown): void {
  check('startApplication', startOptions, options);
}

export function checkEndpoint(options: unknown): void {
  check('defineApplication: endpoint', endpoint, options);
}

function check(where: string, schema: z.ZodType, options: unknown): void {
  const { error } = schema.safeParse(options);
  if (error === undefined) return;
  const problems = error.issues.map((issue) => {
    const came = issue.code === 'unrecognized_keys' ? '' : `, got ${show(at(options, issue.path))}`;
    return `${[where, ...issue.path].join('.')}: ${issue.message.replace(/^Invalid (input|option): /, '')}${came}`;
  });
  throw new MisuseError('bad_option', problems.join('; '));
}

function at(options: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((value, key) => (value as { [key: PropertyKey]: unknown } | undefined)?.[key], options);
}

function show(value: unknown): string {
  return inspect(value, { depth: 0, maxStringLength: 60, breakLength: Number.POSITIVE_INFINITY });
}

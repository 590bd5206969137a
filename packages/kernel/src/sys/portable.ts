import { inspect } from 'node:util';
import { Codec } from '../codec.js';
import type { Kernel } from '../kernel.js';

const codecs = new WeakMap<Kernel, Codec>();

/**
 * What can be shown of a value to a process anywhere: the value itself if it could be sent, else its parts that can, with the
 * others as text. Looking at a process must not end it because it keeps a socket in a field.
 */
export function portable(kernel: Kernel, value: unknown): unknown {
  let codec = codecs.get(kernel);
  if (codec === undefined) codecs.set(kernel, (codec = new Codec(kernel)));
  return show(codec, value, 0);
}

/** Deeper parts are shown as text at once. */
const MAX_DEPTH = 5;

function show(codec: Codec, value: unknown, depth: number): unknown {
  try {
    codec.encode(value);
    return value;
  } catch {
    if (depth < MAX_DEPTH && typeof value === 'object' && value !== null) {
      if (Array.isArray(value)) return value.map((item) => show(codec, item, depth + 1));
      if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, show(codec, item, depth + 1)]));
    }
    return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

import { isDeepStrictEqual } from 'node:util';

/**
 * What a message or payload is compared with: a function that decides, or a value of which every part must be there. Within
 * it a function decides too, a RegExp is tried on text, and matchers such as vitest's `expect.any(Number)` are asked.
 */
export type Pattern<T> = ((value: T) => boolean) | Part<T>;
/** A value of which parts may be left out, and text may be a RegExp. */
export type Part<T> = T extends string
  ? T | RegExp
  : T extends readonly (infer E)[]
    ? readonly Part<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: Part<T[K]> | ((value: T[K]) => boolean) }
      : T;

/** Whether a value has everything that the pattern asks for. Lists must be of the same length; other objects may hold more. */
export function matches(pattern: unknown, value: unknown): boolean {
  if (typeof pattern === 'function') return pattern(value) === true;
  if (typeof pattern !== 'object' || pattern === null) return Object.is(pattern, value);
  if (pattern instanceof RegExp) return typeof value === 'string' && pattern.test(value);
  if ('asymmetricMatch' in pattern && typeof pattern.asymmetricMatch === 'function') return pattern.asymmetricMatch(value) === true;
  if (typeof value !== 'object' || value === null) return false;
  if ('equals' in pattern && typeof pattern.equals === 'function') return pattern === value || pattern.equals(value) === true;
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && value.length === pattern.length && pattern.every((part, i) => matches(part, value[i]));
  }
  if (!isPlain(pattern)) return isDeepStrictEqual(pattern, value);
  return Object.entries(pattern).every(([key, part]) => key in value && matches(part, (value as { [key: string]: unknown })[key]));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

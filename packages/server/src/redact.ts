const SECRET = /pass(word|wd|phrase)|secret|token|authorization|cookie|api[-_]?key|private[-_]?key|credential/i;
const MAX_DEPTH = 6;

/** A copy of a value for people to read, in which what is called a secret is none. Phoenix: `:filter_parameters`. */
export function redact(value: unknown): unknown {
  return copy(value, 0);
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, entry(String(key), item, depth)]));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, entry(key, item, depth)]));
}

function entry(key: string, value: unknown, depth: number): unknown {
  return SECRET.test(key) ? '[FILTERED]' : copy(value, depth + 1);
}

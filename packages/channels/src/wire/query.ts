/** Parameters of a query string, nested as `a[b]=1` and `a[]=1` say. */
export type Params = { [key: string]: string | Params | (string | Params)[] };

const MAX_DEPTH = 32;

/** Decodes a query string as Plug does: of several equal keys the last one wins, `+` is a space. */
export function decodeQuery(query: string): Params {
  const params: Params = {};
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const key = unescaped(at < 0 ? pair : pair.slice(0, at));
    assign(params, path(key), at < 0 ? '' : unescaped(pair.slice(at + 1)));
  }
  return params;
}

function unescaped(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** `a[b][]` -> ['a', 'b', '']; a key that is no path stands for itself. */
function path(key: string): string[] {
  const open = key.indexOf('[');
  if (open <= 0 || !key.endsWith(']')) return [key];
  return [key.slice(0, open), ...key.slice(open + 1, -1).split('][')].slice(0, MAX_DEPTH);
}

function assign(into: Params, [key, ...rest]: string[], value: string): void {
  if (key === undefined) return;
  if (rest.length === 0) {
    set(into, key, value);
    return;
  }
  if (rest[0] === '') {
    const known = own(into, key);
    const list = Array.isArray(known) ? known : [];
    list.push(value);
    set(into, key, list);
    return;
  }
  const known = own(into, key);
  const nested: Params = typeof known === 'object' && !Array.isArray(known) ? known : {};
  assign(nested, rest, value);
  set(into, key, nested);
}

function own(params: Params, key: string): Params[string] | undefined {
  return Object.hasOwn(params, key) ? params[key] : undefined;
}

/** Keys come from clients: `__proto__` is a key like any other. */
function set(params: Params, key: string, value: Params[string]): void {
  Object.defineProperty(params, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The value of a parameter if it is a single text. */
export function textParam(params: Params, key: string): string | undefined {
  const value = own(params, key);
  return typeof value === 'string' ? value : undefined;
}

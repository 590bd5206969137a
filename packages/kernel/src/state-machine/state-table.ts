import { MisuseError } from '../errors.js';

export type Handler = (this: unknown, ...args: unknown[]) => unknown;

/** What one state does with what it can get. */
export interface StateEntry {
  readonly events: ReadonlyMap<string, Handler>;
  readonly internal: ReadonlyMap<string, Handler>;
  readonly enter: Handler | undefined;
  readonly stateTimeout: Handler | undefined;
  readonly eventTimeout: Handler | undefined;
  readonly timeout: Handler | undefined;
  readonly info: Handler | undefined;
}

/** What is not an event of a state, whatever it is called. */
const RESERVED = new Set(['enter', 'stateTimeout', 'eventTimeout', 'timeout', 'info', 'internal']);
const ANY = '*';

type Given = { readonly [name: string]: unknown };

/** Reads a class's `static states`, once. */
export function stateTable(className: string, states: unknown): Map<string, StateEntry> {
  const bad = (message: string): never => {
    throw new MisuseError('bad_option', `${className}.states: ${message}`);
  };
  const objectOf = (value: unknown, where: string): Given => {
    if (typeof value !== 'object' || value === null) bad(`${where}: expected an object of handlers, got ${String(value)}`);
    return value as Given;
  };
  const handlers = (given: Given, where: string): Map<string, Handler> => {
    const found = new Map<string, Handler>();
    for (const [name, handler] of Object.entries(given)) {
      if (name === 'internal') continue;
      if (typeof handler !== 'function') bad(`${where}.${name}: expected a function, got ${String(handler)}`);
      found.set(name, handler as Handler);
    }
    return found;
  };
  const parts = (state: string, given: unknown): { own: Map<string, Handler>; internal: Map<string, Handler> } => {
    const object = objectOf(given, state);
    const internal = object.internal === undefined ? {} : objectOf(object.internal, `${state}.internal`);
    return { own: handlers(object, state), internal: handlers(internal, `${state}.internal`) };
  };

  const all = objectOf(states, 'a state machine needs them');
  const common = parts(ANY, all[ANY] ?? {});
  const table = new Map<string, StateEntry>();
  for (const [state, given] of Object.entries(all)) {
    if (state === ANY) continue;
    const { own, internal } = parts(state, given);
    const merged = new Map([...common.own, ...own]);
    table.set(state, {
      events: new Map([...merged].filter(([name]) => !RESERVED.has(name))),
      internal: new Map([...common.internal, ...internal]),
      enter: merged.get('enter'),
      stateTimeout: merged.get('stateTimeout'),
      eventTimeout: merged.get('eventTimeout'),
      timeout: merged.get('timeout'),
      info: merged.get('info'),
    });
  }
  return table;
}

/** Set on the base classes: their methods are callbacks and verbs, not requests. */
export const BASE: unique symbol = Symbol('base');

const CALLBACKS = [
  'constructor',
  'init',
  'handleCall',
  'handleCast',
  'handleInfo',
  'handleContinue',
  'terminate',
  'systemGetState',
  'systemReplaceState',
];

/**
 * The requests a class answers: the methods on its prototype chain below the base class, minus the names the base class
 * itself uses. `#private` methods are not on the chain; accessors and fields are not requests.
 */
export function requestTable(Class: { readonly prototype: object }): Map<string, (...args: never[]) => unknown> {
  const table = new Map<string, (...args: never[]) => unknown>();
  let prototype: object | null = Class.prototype;
  for (; prototype !== null && prototype !== Object.prototype && !isBase(prototype); prototype = above(prototype)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof property.value === 'function' && !table.has(name)) table.set(name, property.value);
    }
  }
  for (; prototype !== null; prototype = above(prototype)) {
    for (const name of Object.getOwnPropertyNames(prototype)) table.delete(name);
  }
  for (const name of CALLBACKS) table.delete(name);
  return table;
}

function isBase(prototype: object): boolean {
  return Object.hasOwn(prototype.constructor, BASE);
}

function above(prototype: object): object | null {
  return Object.getPrototypeOf(prototype) as object | null;
}

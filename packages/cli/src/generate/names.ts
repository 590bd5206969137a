import { UserError } from '../user-error.js';

/** One name in the forms that code and files want. */
export interface Names {
  /** `ChatRoom` */
  readonly pascal: string;
  /** `chatRoom` */
  readonly camel: string;
  /** `chat-room` */
  readonly kebab: string;
  /** `chat_room`: topics and events */
  readonly snake: string;
}

const RESERVED = new Set([
  'class',
  'new',
  'default',
  'function',
  'import',
  'export',
  'delete',
  'switch',
  'object',
  'error',
  'map',
  'set',
  'promise',
]);

/** Throws a `UserError` for what cannot be the name of a class. `suffix`: what the class's name ends with anyway. */
export function namesOf(given: string, suffix: string): Names {
  const words = given
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .split(/[-_\s]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(given) || words.length === 0)
    throw new UserError(2, `Expected a name of letters, digits and dashes that begins with a letter, such as chat-room, got '${given}'.`);
  if (words.length > 1 && words.at(-1) === suffix.toLowerCase()) words.pop();
  const kebab = words.join('-');
  if (RESERVED.has(kebab)) throw new UserError(2, `'${given}' cannot be the name of a class of yours: choose another one.`);
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return { pascal, camel: pascal.charAt(0).toLowerCase() + pascal.slice(1), kebab, snake: words.join('_') };
}

import type { Content } from '@rekindle/pubsub';
import { isTopic, matches } from '@rekindle/pubsub/internal';
import { allows, type KeySpec, type PublishSpec } from './publish-options.js';

/** An event for some topics. A repeat with the same id is delivered to nobody. */
export interface Publication {
  readonly topics: readonly string[];
  readonly content: Extract<Content, { kind: 'event' }>;
  /** Its place in the request; empty for the only message. */
  readonly path: string;
}

/** What a publisher gets that asked for something that cannot be done. */
export interface Refused {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 503;
  readonly code: string;
  readonly message: string;
  /** Where in the request. */
  readonly path?: string;
}

type Fields = { readonly [key: string]: unknown };

const TARGETS = ['topic', 'topics', 'user', 'users'];
const KEYS = [...TARGETS, 'event', 'payload', 'id'];
const EXPECTED = 'expected { topic | topics | user | users, event, payload, id? }, or { messages: [...] } of these';
/** Topics and users of one message. */
const MAX_TARGETS = 1000;
const MAX_ID = 200;

/** The messages of a request; or what is wrong with the first that cannot be published, and then none is. */
export function readPublish(
  body: string,
  idempotencyKey: string | undefined,
  key: KeySpec,
  spec: PublishSpec,
): readonly Publication[] | Refused {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    return { status: 400, code: 'bad_json', message: `the body is no JSON: ${(error as Error).message}` };
  }
  if (!isObject(parsed)) return bad('', `${EXPECTED}, got ${kindOf(parsed)}`);
  if (idempotencyKey !== undefined && !isId(idempotencyKey))
    return bad('', `the header Idempotency-Key: expected 1 to ${MAX_ID} characters`);
  if (!Object.hasOwn(parsed, 'messages')) {
    const one = readMessage(parsed, '', idempotencyKey, key, spec);
    return 'status' in one ? one : [one];
  }
  const { messages, ...others } = parsed;
  const [extra] = Object.keys(others);
  if (extra !== undefined) return bad(extra, `unknown beside messages; ${EXPECTED}`);
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > spec.maxMessages) {
    const came = Array.isArray(messages) ? `${messages.length}` : kindOf(messages);
    return bad('messages', `expected a list of 1 to ${spec.maxMessages} messages, got ${came}`);
  }
  const read: Publication[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    const id = idempotencyKey === undefined ? undefined : `${idempotencyKey}/${index}`;
    const one = isObject(message) ? readMessage(message, path, id, key, spec) : bad(path, `${EXPECTED}, got ${kindOf(message)}`);
    if ('status' in one) return one;
    read.push(one);
  }
  return read;
}

function readMessage(
  message: Fields,
  path: string,
  idFromHeader: string | undefined,
  key: KeySpec,
  spec: PublishSpec,
): Publication | Refused {
  for (const field in message) if (!KEYS.includes(field)) return bad(at(path, field), `unknown; ${EXPECTED}`);
  const { event, payload, id = idFromHeader } = message;
  if (typeof event !== 'string' || event === '' || event.startsWith('phx_')) {
    return bad(at(path, 'event'), `expected the name of an event that does not begin with phx_, got ${show(event)}`);
  }
  if (!isObject(payload)) return bad(at(path, 'payload'), `expected an object, got ${kindOf(payload)}`);
  if (id !== undefined && !isId(id)) return bad(at(path, 'id'), `expected 1 to ${MAX_ID} characters, got ${show(id)}`);
  const topics = readTargets(message, path, spec);
  if ('status' in topics) return topics;
  for (const topic of topics) {
    if (!spec.topics.some((pattern) => matches(pattern, topic))) {
      return { status: 404, code: 'unknown_topic', message: `no channel has the topic '${topic}'`, path: path === '' ? 'topics' : path };
    }
    if (!allows(key, topic)) {
      const message = `the key '${key.name}' may not publish to '${topic}', only to ${key.topics.join(', ')}`;
      return { status: 403, code: 'out_of_scope', message, ...(path === '' ? {} : { path }) };
    }
  }
  const text = JSON.stringify(payload);
  const content: Publication['content'] =
    id === undefined ? { kind: 'event', event, payload: text } : { kind: 'event', event, payload: text, id: `${key.name}:${id}` };
  return { topics, content, path };
}

function readTargets(message: Fields, path: string, spec: PublishSpec): readonly string[] | Refused {
  const { topic, topics, user, users } = message;
  // What nearly all are.
  if (isName(topic) && topics === undefined && user === undefined && users === undefined) return [topic];
  const fields = TARGETS.filter((field) => message[field] !== undefined);
  const [field, another] = fields;
  if (field === undefined) return bad(at(path, 'topic'), 'expected one of topic, topics, user, users');
  if (another !== undefined) return bad(at(path, another), `expected one of topic, topics, user, users, got ${fields.join(' and ')}`);
  const value = message[field];
  const several = field === 'topics' || field === 'users';
  if (several && (!Array.isArray(value) || value.length === 0 || value.length > MAX_TARGETS)) {
    return bad(at(path, field), `expected a list of 1 to ${MAX_TARGETS}, got ${Array.isArray(value) ? value.length : kindOf(value)}`);
  }
  const found = new Set<string>();
  for (const [index, name] of (several ? (value as unknown[]) : [value]).entries()) {
    if (!isName(name)) {
      return bad(at(path, several ? `${field}.${index}` : field), `expected a name of well-formed text, got ${show(name)}`);
    }
    found.add(field.startsWith('user') ? spec.userTopic.replace('*', () => name) : name);
  }
  return [...found];
}

function isName(value: unknown): value is string {
  return value !== '' && isTopic(value);
}

function at(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID;
}

function bad(path: string, message: string): Refused {
  return { status: 400, code: 'bad_message', message, ...(path === '' ? {} : { path }) };
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value.slice(0, 60)}'` : kindOf(value);
}

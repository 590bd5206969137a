import { createHash } from 'node:crypto';

const MAX_PLAIN = 160;
const PLAIN = /^[A-Za-z0-9_:@/+-]{1,160}$/;
/** Every byte that does not stand for itself. */
const OTHER = /[^A-Za-z0-9_:@/+-]/g;

/**
 * A topic as one token of a NATS subject. Topics come from clients: dots and wildcards would be other subjects, spaces and
 * line breaks other commands, and a subject of 4 kB makes the server close the connection, again after each reconnect. Plain
 * topics stay as they are, other bytes of the UTF-8 form become `=hh`, and what is long its hash. At most 240 characters.
 */
export function topicToken(topic: string): string {
  if (PLAIN.test(topic)) return topic;
  if (topic === '') return '=';
  const bytes = Buffer.from(topic, 'utf8');
  if (bytes.length > MAX_PLAIN) return hashed(bytes);
  const token = bytes.toString('latin1').replace(OTHER, (byte) => `=${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return token.length > MAX_TOKEN ? hashed(bytes) : token;
}

const MAX_TOKEN = 240;

function hashed(bytes: Buffer): string {
  return `=~${createHash('sha256').update(bytes).digest('base64url')}`;
}

/** One of 256 groups, in the subject so that a whole group can be subscribed to at once. */
export function topicShard(token: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return ((hash >>> 24) ^ (hash & 0xff)).toString(16).padStart(2, '0').slice(-2);
}

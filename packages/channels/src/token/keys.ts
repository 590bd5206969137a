import { pbkdf2Sync } from 'node:crypto';

/** How the key of a token is derived from secret and salt. */
export interface KeyOptions {
  /** Default 1,000, as in Phoenix. */
  readonly keyIterations?: number;
  /** Bytes. Default 32, which is the only length that encrypts. */
  readonly keyLength?: number;
}

const MIN_SECRET_LENGTH = 20;

const keys = new Map<string, Buffer>();
const MAX_KEYS = 100;

/** Deriving a key is slow on purpose; there are few, so they are kept. */
export function keyOf(secret: string, salt: string, { keyIterations = 1000, keyLength = 32 }: KeyOptions): Buffer {
  if (typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH) {
    const came = typeof secret === 'string' ? `${secret.length}` : typeof secret;
    throw new TypeError(`the secret for tokens: expected a text of at least ${MIN_SECRET_LENGTH} characters, got ${came}`);
  }
  const id = JSON.stringify([secret, salt, keyIterations, keyLength]);
  let key = keys.get(id);
  if (key === undefined) {
    key = pbkdf2Sync(secret, salt, keyIterations, keyLength, 'sha256');
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(id, key);
  }
  return key;
}

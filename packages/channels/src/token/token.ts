import { createHmac, timingSafeEqual } from 'node:crypto';
import { Atom, decodeTerm, encodeTerm, Tuple } from './etf.js';
import { type KeyOptions, keyOf } from './keys.js';
import { open, seal } from './xchacha20.js';

export type { KeyOptions } from './keys.js';

/** How a token is signed, or encrypted. */
export interface SignOptions extends KeyOptions {
  /** When the token counts as signed, in seconds since 1970. Default: now. */
  readonly signedAt?: number;
  /** Seconds after which `verify` refuses it, unless that is given another age; Infinity for never. Default 86,400. */
  readonly maxAge?: number;
}

/** How a token is verified, or decrypted. */
export interface VerifyOptions extends KeyOptions {
  /** Seconds; Infinity takes a token of any age. Default: what it was signed with. */
  readonly maxAge?: number;
}

/** What became of a token: what was signed, or why it does not count. */
export type Verified =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly reason: 'invalid' | 'expired' | 'missing' };

/** One secret, or several of which any may have been used: while a new one replaces an old one. */
export type Secrets = string | readonly string[];

const HEADER = 'SFMyNTY'; // base64url of HS256
const SEALED = 'XCP.';
const SEALED_DATA = Buffer.from('A128GCM');
const DEFAULT_MAX_AGE = 86_400;
const INVALID: Verified = { ok: false, reason: 'invalid' };

/**
 * Signs data for a client to bring back: readable, but not to be changed. `secret` is the application's (at least 20
 * characters), `salt` says what for. Throws a TypeError for data that a token cannot hold: functions, symbols, bigints, numbers
 * that are not finite, what is nested more than 60 deep. Phoenix reads it too: `Phoenix.Token.sign/4`.
 */
export function sign(secret: string, salt: string, data: unknown, options: SignOptions = {}): string {
  const text = `${HEADER}.${pack(data, options).toString('base64url')}`;
  return `${text}.${signature(text, keyOf(secret, salt, options)).toString('base64url')}`;
}

/**
 * What was signed, if the token is genuine and not too old. Never throws for a token, whatever it is. To change the secret,
 * sign with the new one and verify with both until the old tokens have expired. Phoenix: `Phoenix.Token.verify/4`.
 */
export function verify(secrets: Secrets, salt: string, token: unknown, options: VerifyOptions = {}): Verified {
  const keys = keysOf(secrets, salt, options);
  if (token === undefined || token === null) return { ok: false, reason: 'missing' };
  if (typeof token !== 'string') return INVALID;
  const [header, payload, given, ...more] = token.split('.');
  if (header !== HEADER || payload === undefined || given === undefined || more.length > 0) return INVALID;
  const actual = decode(given);
  const genuine = keys.some((key) => {
    const expected = signature(`${header}.${payload}`, key);
    return actual !== null && actual.length === expected.length && timingSafeEqual(actual, expected);
  });
  return genuine ? unpack(Buffer.from(payload, 'base64url'), options.maxAge) : INVALID;
}

/**
 * As `sign`, for data that the client must not read either. The token looks another each time. Phoenix 1.7 and newer read it:
 * `Phoenix.Token.encrypt/4`.
 */
export function encrypt(secret: string, salt: string, data: unknown, options: SignOptions = {}): string {
  return SEALED + seal(keyOf(secret, salt, options), pack(data, options), SEALED_DATA).toString('base64url');
}

/** What was encrypted, if the token is genuine and not too old. Phoenix: `Phoenix.Token.decrypt/4`. */
export function decrypt(secrets: Secrets, salt: string, token: unknown, options: VerifyOptions = {}): Verified {
  const keys = keysOf(secrets, salt, options);
  if (token === undefined || token === null) return { ok: false, reason: 'missing' };
  const sealed = typeof token === 'string' && token.startsWith(SEALED) ? decode(token.slice(SEALED.length)) : null;
  if (sealed === null) return INVALID;
  for (const key of keys) {
    const bytes = open(key, sealed, SEALED_DATA);
    if (bytes !== null) return unpack(bytes, options.maxAge);
  }
  return INVALID;
}

function keysOf(secrets: Secrets, salt: string, options: KeyOptions): Buffer[] {
  return (typeof secrets === 'string' ? [secrets] : secrets).map((secret) => keyOf(secret, salt, options));
}

/** Null for a text that no encoder writes: one token has one spelling. */
function decode(base64url: string): Buffer | null {
  const bytes = Buffer.from(base64url, 'base64url');
  return bytes.toString('base64url') === base64url ? bytes : null;
}

function pack(data: unknown, { signedAt, maxAge = DEFAULT_MAX_AGE }: SignOptions): Buffer {
  const signedAtMs = signedAt === undefined ? Date.now() : Math.trunc(signedAt * 1000);
  return encodeTerm(new Tuple([data, signedAtMs, maxAge === Number.POSITIVE_INFINITY ? new Atom('infinity') : maxAge]));
}

function unpack(bytes: Buffer, maxAge: number | undefined): Verified {
  let term: unknown;
  try {
    term = decodeTerm(bytes);
  } catch {
    return INVALID;
  }
  if (!(term instanceof Tuple)) return INVALID;
  const [data, signedAtMs, signedMaxAge] = term.items;
  if (typeof signedAtMs !== 'number') return INVALID;
  const limit = maxAge ?? (signedMaxAge === 'infinity' ? Number.POSITIVE_INFINITY : (signedMaxAge ?? DEFAULT_MAX_AGE));
  if (typeof limit !== 'number') return INVALID;
  if (limit === Number.POSITIVE_INFINITY) return { ok: true, data };
  if (limit > 0 && Math.trunc(signedAtMs + limit * 1000) >= Date.now()) return { ok: true, data };
  return { ok: false, reason: 'expired' };
}

function signature(text: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

import { createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { decodeTerm, encodeTerm, Tuple } from './etf.js';

export interface KeyOptions {
  /** Default 1,000, as in Phoenix. */
  readonly keyIterations?: number;
  /** Bytes. Default 32. */
  readonly keyLength?: number;
}

export interface SignOptions extends KeyOptions {
  /** When the token counts as signed, in seconds since 1970. Default: now. */
  readonly signedAt?: number;
  /** Seconds after which `verify` refuses it, unless that is given another age. Default 86,400. */
  readonly maxAge?: number;
}

export interface VerifyOptions extends KeyOptions {
  /** Seconds; Infinity takes a token of any age. Default: what it was signed with. */
  readonly maxAge?: number;
}

export type Verified =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly reason: 'invalid' | 'expired' | 'missing' };

const HEADER = 'SFMyNTY'; // base64url of HS256
const DEFAULT_MAX_AGE = 86_400;

/**
 * Signs data for a client to bring back: readable, but not to be changed. `secret` is the application's (at least 20
 * characters), `salt` says what for. Phoenix reads it too: `Phoenix.Token.sign/4`.
 */
export function sign(secret: string, salt: string, data: unknown, options: SignOptions = {}): string {
  const signedAtMs = options.signedAt === undefined ? Date.now() : Math.trunc(options.signedAt * 1000);
  const term = encodeTerm(new Tuple([data, signedAtMs, options.maxAge ?? DEFAULT_MAX_AGE]));
  const text = `${HEADER}.${term.toString('base64url')}`;
  return `${text}.${signature(text, keyOf(secret, salt, options)).toString('base64url')}`;
}

/** What was signed, if the token is genuine and not too old. Phoenix: `Phoenix.Token.verify/4`. */
export function verify(secret: string, salt: string, token: unknown, options: VerifyOptions = {}): Verified {
  if (token === undefined || token === null) return { ok: false, reason: 'missing' };
  if (typeof token !== 'string') return { ok: false, reason: 'invalid' };
  const [header, payload, given, ...more] = token.split('.');
  if (header !== HEADER || payload === undefined || given === undefined || more.length > 0) return { ok: false, reason: 'invalid' };
  const expected = signature(`${header}.${payload}`, keyOf(secret, salt, options));
  const actual = Buffer.from(given, 'base64url');
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return { ok: false, reason: 'invalid' };
  return checkAge(Buffer.from(payload, 'base64url'), options.maxAge);
}

function checkAge(bytes: Buffer, maxAge: number | undefined): Verified {
  let term: unknown;
  try {
    term = decodeTerm(bytes);
  } catch {
    return { ok: false, reason: 'invalid' };
  }
  if (!(term instanceof Tuple)) return { ok: false, reason: 'invalid' };
  const [data, signedAtMs, signedMaxAge] = term.items;
  const limit = maxAge ?? (typeof signedMaxAge === 'number' ? signedMaxAge : DEFAULT_MAX_AGE);
  if (typeof signedAtMs !== 'number') return { ok: false, reason: 'invalid' };
  if (limit !== Number.POSITIVE_INFINITY && (limit <= 0 || Math.trunc(signedAtMs + limit * 1000) < Date.now()))
    return { ok: false, reason: 'expired' };
  return { ok: true, data };
}

function signature(text: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

const keys = new Map<string, Buffer>();
const MAX_KEYS = 100;

/** Deriving a key is slow on purpose; there are few, so they are kept. */
function keyOf(secret: string, salt: string, { keyIterations = 1000, keyLength = 32 }: KeyOptions): Buffer {
  if (secret.length < 20) throw new TypeError(`the secret for tokens: expected at least 20 characters, got ${secret.length}`);
  const id = JSON.stringify([secret, salt, keyIterations, keyLength]);
  let key = keys.get(id);
  if (key === undefined) {
    key = pbkdf2Sync(secret, salt, keyIterations, keyLength, 'sha256');
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(id, key);
  }
  return key;
}

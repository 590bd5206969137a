import { readFileSync } from 'node:fs';
import { Token } from '@rekindle/channels';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { check } from '../../../kernel/test/support/property.js';

interface Fixtures {
  readonly secret: string;
  readonly other: string;
  readonly salt: string;
  readonly signedAt: number;
  readonly values: readonly { readonly name: string; readonly data: unknown; readonly signed: string; readonly encrypted: string }[];
  readonly special: { readonly [name: string]: string };
}

// Made by Phoenix's own library: see fixtures.exs.
const fixtures = JSON.parse(readFileSync(new URL('phoenix-tokens.json', import.meta.url), 'utf8')) as Fixtures;
const { secret, other, salt, signedAt, values, special } = fixtures;
const anyAge = { maxAge: Number.POSITIVE_INFINITY };
const invalid = { ok: false, reason: 'invalid' };
const expired = { ok: false, reason: 'expired' };

afterEach(() => {
  vi.useRealTimers();
});

function at(seconds: number): void {
  vi.useFakeTimers({ now: seconds * 1000 });
}

describe('a token of Phoenix', () => {
  it.each(values)('is verified: $name', ({ data, signed }) => {
    const verified = Token.verify(secret, salt, signed, anyAge);
    expect(verified).toEqual({ ok: true, data });
    expect(JSON.stringify(verified)).toBe(JSON.stringify({ ok: true, data }));
  });

  it.each(values)('is decrypted: $name', ({ data, encrypted }) => {
    expect(JSON.stringify(Token.decrypt(secret, salt, encrypted, anyAge))).toBe(JSON.stringify({ ok: true, data }));
  });

  // Erlang has a short form for lists of bytes, and writes atoms (true, nil) in one way before OTP 26 and in another since.
  const written = /atom|true|nil|list of bytes|^list|hostile/;
  it.each(values.filter(({ name }) => !written.test(name)))('is what we sign ourselves, byte for byte: $name', ({ data, signed }) => {
    expect(Token.sign(secret, salt, data, { signedAt })).toBe(signed);
  });

  it('expires when Phoenix says so', () => {
    at(signedAt + 10);
    expect(Token.verify(secret, salt, special.tenSeconds)).toEqual({ ok: true, data: 'ann' });
    expect(Token.decrypt(secret, salt, special.encryptedTenSeconds)).toEqual({ ok: true, data: 'ann' });
    at(signedAt + 10.001);
    expect(Token.verify(secret, salt, special.tenSeconds)).toEqual(expired);
    expect(Token.decrypt(secret, salt, special.encryptedTenSeconds)).toEqual(expired);
    at(signedAt + 1e9);
    expect(Token.verify(secret, salt, special.neverExpires)).toEqual({ ok: true, data: 'ann' });
  });

  it('with another secret, salt or way to make the key is refused, and accepted with that one', () => {
    expect(Token.verify(secret, salt, special.otherSecret, anyAge)).toEqual(invalid);
    expect(Token.verify(other, salt, special.otherSecret, anyAge)).toEqual({ ok: true, data: 'ann' });
    expect(Token.verify(secret, salt, special.otherSalt, anyAge)).toEqual(invalid);
    expect(Token.verify(secret, 'other salt', special.otherSalt, anyAge)).toEqual({ ok: true, data: 'ann' });
    expect(Token.verify(secret, salt, special.otherKey, anyAge)).toEqual(invalid);
    expect(Token.verify(secret, salt, special.otherKey, { ...anyAge, keyIterations: 10, keyLength: 64 })).toEqual({
      ok: true,
      data: 'ann',
    });
    expect(Token.decrypt(secret, salt, special.encryptedByOther, anyAge)).toEqual(invalid);
    expect(Token.decrypt([secret, other], salt, special.encryptedByOther, anyAge)).toEqual({ ok: true, data: 'ann' });
  });
});

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
  fc.boolean(),
  fc.constant(null),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor')), tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe.each([
  ['sign and verify', Token.sign, Token.verify],
  ['encrypt and decrypt', Token.encrypt, Token.decrypt],
])('%s', (_what, make, read) => {
  it('bring back what went in', async () => {
    await check(300, value, async (data) => {
      expect(JSON.stringify(read(secret, salt, make(secret, salt, data)))).toBe(JSON.stringify({ ok: true, data }));
    });
  });

  it('refuse a token in which one character has been changed, dropped or added', async () => {
    const change = fc.record({ at: fc.nat(), to: fc.constantFrom('A', '_', '.', '=', ' ', '', 'é', 'AA') });
    await check(500, fc.tuple(value, change), async ([data, { at: position, to }]) => {
      const token = make(secret, salt, data);
      const i = position % token.length;
      const changed = token.slice(0, i) + to + token.slice(i + 1);
      if (changed !== token) expect(read(secret, salt, changed)).toEqual(invalid);
    });
  });

  it.each([
    ['a number', 7],
    ['an object', { length: 3 }],
    ['an array', ['a.b.c']],
    ['no token', 'hello'],
    ['empty', ''],
    ['dots', '...'],
    ['the header alone', 'SFMyNTY'],
    ['no payload', 'SFMyNTY..'],
    ['the seal alone', 'XCP.'],
    ['a short seal', 'XCP.AAAA'],
    ['long', 'x'.repeat(1 << 20)],
  ])('refuse what is no token: %s', (_kind, token) => {
    expect(read(secret, salt, token)).toEqual(invalid);
  });

  it('tell that there is none', () => {
    expect(read(secret, salt, undefined)).toEqual({ ok: false, reason: 'missing' });
    expect(read(secret, salt, null)).toEqual({ ok: false, reason: 'missing' });
  });

  it('keep to an age: the signed one, the one asked for, a day if none was said', () => {
    at(signedAt);
    const [plain, short, long] = [{}, { maxAge: 10 }, { maxAge: Number.POSITIVE_INFINITY }].map((options) =>
      make(secret, salt, 1, options),
    );
    const fine = { ok: true, data: 1 };
    at(signedAt + 11);
    expect([plain, short, long].map((token) => read(secret, salt, token))).toEqual([fine, expired, fine]);
    expect(read(secret, salt, short, { maxAge: 12 })).toEqual(fine);
    expect(read(secret, salt, plain, { maxAge: 10 })).toEqual(expired);
    expect(read(secret, salt, plain, { maxAge: 0 })).toEqual(expired);
    at(signedAt + 86_400);
    expect(read(secret, salt, plain)).toEqual(fine);
    at(signedAt + 86_400.001);
    expect([plain, long].map((token) => read(secret, salt, token))).toEqual([expired, fine]);
    at(signedAt + 1e9);
    expect(read(secret, salt, long, { maxAge: 10 })).toEqual(expired);
  });

  it('take signedAt for when it was made', () => {
    at(signedAt);
    expect(read(secret, salt, make(secret, salt, 1, { signedAt: signedAt - 100 }), { maxAge: 99 })).toEqual(expired);
    expect(read(secret, salt, make(secret, salt, 1, { signedAt: signedAt - 100 }), { maxAge: 100 })).toEqual({ ok: true, data: 1 });
  });

  it('accept the old secret beside the new one while it is being replaced', () => {
    const [fresh, old] = [make(other, salt, 'new'), make(secret, salt, 'old')];
    expect(read([other, secret], salt, fresh)).toEqual({ ok: true, data: 'new' });
    expect(read([other, secret], salt, old)).toEqual({ ok: true, data: 'old' });
    expect(read([other], salt, old)).toEqual(invalid);
    expect(read([], salt, old)).toEqual(invalid);
  });

  it('refuse a secret that is too short, without repeating it', () => {
    for (const act of [
      () => make('too short', salt, 1),
      () => read('too short', salt, 'x'),
      () => read([secret, 'too short'], salt, 'x'),
    ]) {
      expect(act).toThrow('the secret for tokens: expected a text of at least 20 characters, got 9');
    }
    expect(() => make(undefined as never, salt, 1)).toThrow('got undefined');
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  it.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /cannot hold a function/],
    ['a symbol', [Symbol('x')], /cannot hold a symbol/],
    ['a bigint', { n: 1n }, /cannot hold a bigint/],
    ['NaN', Number.NaN, /cannot hold NaN/],
    ['Infinity', { a: [Number.POSITIVE_INFINITY] }, /cannot hold Infinity/],
    ['a cycle', cycle, /nested more than 64 deep/],
  ])('refuse to hold %s', (_kind, data, message) => {
    expect(() => make(secret, salt, data)).toThrow(message);
  });

  it('bring bytes back as bytes, unless they are text', () => {
    expect(read(secret, salt, make(secret, salt, new Uint8Array([0, 255, 254])))).toEqual({
      ok: true,
      data: new Uint8Array([0, 255, 254]),
    });
    expect(read(secret, salt, make(secret, salt, new TextEncoder().encode('text')))).toEqual({ ok: true, data: 'text' });
  });
});

describe('an encrypted token', () => {
  it('does not show what it holds, and never looks the same twice', () => {
    const [one, two] = [Token.encrypt(secret, salt, 'a secret thing'), Token.encrypt(secret, salt, 'a secret thing')];
    expect(one).not.toBe(two);
    expect(Buffer.from(one.slice(4), 'base64url').includes('a secret thing')).toBe(false);
    expect(
      Buffer.from(Token.sign(secret, salt, 'a readable thing').split('.')[1] as string, 'base64url').includes('a readable thing'),
    ).toBe(true);
  });

  it('is not taken for a signed one, nor the other way round', () => {
    expect(Token.verify(secret, salt, Token.encrypt(secret, salt, 1))).toEqual(invalid);
    expect(Token.decrypt(secret, salt, Token.sign(secret, salt, 1))).toEqual(invalid);
  });
});

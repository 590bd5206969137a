import { decodeQuery, type Params, Serializers, textParam } from '@rekindle/channels/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../../kernel/test/support/property.js';

describe('decodeQuery', () => {
  it.each<[string, unknown]>([
    ['', {}],
    ['&&', {}],
    ['a=1', { a: '1' }],
    ['a', { a: '' }],
    ['a=', { a: '' }],
    ['=1', { '': '1' }],
    ['a=1&a=2', { a: '2' }],
    ['a=b=c', { a: 'b=c' }],
    ['a+b=c+d', { 'a b': 'c d' }],
    ['a%20b=%C3%A9', { 'a b': 'é' }],
    ['a=%', { a: '%' }],
    ['a=%ff', { a: '%ff' }],
    ['a[]=1&a[]=2', { a: ['1', '2'] }],
    ['a[b]=1&a[c]=2', { a: { b: '1', c: '2' } }],
    ['a[b][c]=1', { a: { b: { c: '1' } } }],
    ['a=1&a[b]=2', { a: { b: '2' } }],
    ['a[b]=1&a=2', { a: '2' }],
    ['a[b=1', { 'a[b': '1' }],
    ['[a]=1', { '[a]': '1' }],
    ['constructor=1&toString=2', { constructor: '1', toString: '2' }],
  ])('%s', (query, params) => {
    expect(JSON.stringify(decodeQuery(query))).toBe(JSON.stringify(params));
  });

  it('takes __proto__ for a name like any other', () => {
    const params = decodeQuery('__proto__[admin]=1&a[__proto__][x]=2&constructor[prototype][y]=3');
    expect(JSON.stringify(params)).toBe('{"__proto__":{"admin":"1"},"a":{"__proto__":{"x":"2"}},"constructor":{"prototype":{"y":"3"}}}');
    for (const leaked of ['admin', 'x', 'y']) expect(leaked in {}).toBe(false);
  });

  it('reads what URLSearchParams writes', async () => {
    const pairs = fc.dictionary(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => !key.includes('[')),
      fc.string({ unit: 'grapheme' }),
    );
    await check(500, pairs, async (params) => {
      const sent = new URLSearchParams(Object.entries(params)).toString();
      expect(JSON.stringify(decodeQuery(sent))).toBe(JSON.stringify({ ...params }));
    });
  });

  it('answers something for any text, in reasonable time', async () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', '[', ']', '=', '&', '%', '+', '_', '0', 'é', '\u0000') });
    await check(2000, fc.oneof(hostile, fc.string({ unit: 'binary' })), async (query) => {
      const { joined, ...rest } = { joined: 1, ...decodeQuery(query) } as Params & { joined: unknown };
      expect([typeof joined, typeof rest]).toEqual([expect.any(String), 'object']);
    });
    const deep = decodeQuery(`a${'[b]'.repeat(20_000)}=1`);
    expect(JSON.stringify(deep).length).toBeLessThan(300);
  });
});

describe('textParam', () => {
  it('is a single text, or nothing', () => {
    const params = decodeQuery('token=t&list[]=1&map[a]=1');
    expect(['token', 'list', 'map', 'none', 'toString', '__proto__'].map((key) => textParam(params, key))).toEqual([
      't',
      ...Array(5).fill(undefined),
    ]);
  });
});

describe('the serializer for a version', () => {
  it.each([
    [undefined, 'v1'],
    ['1.0.0', 'v1'],
    ['1.0.7', 'v1'],
    ['2.0.0', 'v2'],
    ['2.0.12', 'v2'],
    ['2.1.0', undefined],
    ['3.0.0', undefined],
    ['2', undefined],
    ['', undefined],
    ['2.0.0 ', undefined],
    [['2.0.0'], undefined],
    [{ a: '2.0.0' }, undefined],
  ])('%j is %s', (vsn, name) => {
    expect(new Serializers([]).forVersion(vsn)?.name).toBe(name);
  });
});

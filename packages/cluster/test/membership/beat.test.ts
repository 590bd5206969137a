import { decodeBeat, encodeBeat } from '@rekindle/cluster/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

const beat = { node: 'chat-1', incarnation: 1_700_000_000_000, run: 'k3', leaving: false };
const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('a heartbeat', () => {
  it('comes back as it was sent', () => {
    expect(decodeBeat(encodeBeat(beat), 'chat-1')).toEqual(beat);
    expect(decodeBeat(encodeBeat({ ...beat, leaving: true }), 'chat-1')).toEqual({ ...beat, leaving: true });
  });

  it('may say more than this version knows', () => {
    expect(decodeBeat(bytes({ v: 1, node: 'n', inc: 1, run: 'r', later: { x: 1 } }), 'n')).toEqual({
      node: 'n',
      incarnation: 1,
      run: 'r',
      leaving: false,
    });
  });

  it('counts only under the name of its node', () => {
    expect(decodeBeat(encodeBeat(beat), 'chat-2')).toBeUndefined();
  });

  it.each([
    '',
    '{',
    'null',
    '3',
    '[]',
    '{}',
    { v: 2, node: 'n', inc: 1, run: 'r' },
    { v: 1, node: 'n', inc: '1', run: 'r' },
    { v: 1, node: 'n', inc: -1, run: 'r' },
    { v: 1, node: 'n', inc: 1.5, run: 'r' },
    { v: 1, node: 'n', inc: 2 ** 53, run: 'r' },
    { v: 1, node: 'n', inc: 1 },
    { v: 1, node: 'n', inc: 1, run: 'r', fill: 'x'.repeat(5000) },
  ])('is not %j', (value) => {
    expect(decodeBeat(bytes(value), 'n')).toBeUndefined();
  });

  it('is not of a node whose name is none', () => {
    expect(decodeBeat(bytes({ v: 1, node: 'a.b', inc: 1, run: 'r' }), 'a.b')).toBeUndefined();
    expect(decodeBeat(bytes({ v: 1, node: '', inc: 1, run: 'r' }), '')).toBeUndefined();
  });

  it('made of anything is none or a good one', () =>
    check(
      2000,
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((json) => Buffer.from(json)),
      ),
      async (random) => {
        expect(decodeBeat(random, 'n')).toBeUndefined();
      },
    ));
});

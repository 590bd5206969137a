import { topicShard, topicToken } from '@rekindle/cluster/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

/** Well-formed text with everything that means something to NATS, to key-value stores and to people who attack them. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.constantFrom('.', '*', '>', ' ', '\r\n', '\t', '\0', '=', '~', '$', 'a', 'ä', '🙂', '\u007f'), maxLength: 400 }),
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 150, maxLength: 5000 }),
);

describe('topicToken', () => {
  it.each([
    ['room:1', 'room:1'],
    ['users/4+2@home-x_Y', 'users/4+2@home-x_Y'],
    ['', '='],
    ['a.b', 'a=2eb'],
    ['*', '=2a'],
    ['>', '=3e'],
    ['=', '=3d'],
    ['~', '=7e'],
    ['$SYS.x', '=24SYS=2ex'],
    ['a b\r\nPUB x', 'a=20b=0d=0aPUB=20x'],
    ['ä', '=c3=a4'],
    ['room:é', 'room:=c3=a9'],
  ])('of %j is %s', (topic, token) => {
    expect(topicToken(topic)).toBe(token);
  });

  it('of long topics is their hash', () => {
    expect(topicToken('x'.repeat(160))).toBe('x'.repeat(160));
    const hashed = topicToken('x'.repeat(161));
    expect(hashed).toMatch(/^=~[A-Za-z0-9_-]{43}$/);
    expect(topicToken('x'.repeat(162))).not.toBe(hashed);
    expect(topicToken('.'.repeat(120))).toMatch(/^=~/);
  });

  it('is one short token, whatever the topic', () =>
    check(3000, hostile, async (topic) => {
      const token = topicToken(topic);
      expect(token).toMatch(/^[A-Za-z0-9_:@/+=~-]{1,240}$/);
      expect(topicShard(token)).toMatch(/^[0-9a-f]{2}$/);
    }));

  it('differs for different topics', () =>
    check(3000, fc.tuple(hostile, hostile), async ([a, b]) => {
      expect(topicToken(a) === topicToken(b)).toBe(a === b);
    }));
});

describe('topicShard', () => {
  it('spreads topics over all groups', () => {
    const shards = new Set(Array.from({ length: 5000 }, (_, i) => topicShard(topicToken(`room:${i}`))));
    expect(shards.size).toBe(256);
  });
});

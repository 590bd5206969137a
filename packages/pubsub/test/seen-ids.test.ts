import { SeenIds } from '@rekindle/pubsub/internal';
import { describe, expect, it } from 'vitest';

describe('SeenIds', () => {
  it('knows an id for at least the window, and not for ever', () => {
    let now = 0;
    const seen = new SeenIds(100, () => now);
    now = 99;
    expect(seen.isNew('t', 'a')).toBe(true);
    for (now of [99, 100, 150, 199]) expect([now, seen.isNew('t', 'a')]).toEqual([now, false]);
    expect(seen.isNew('t', 'b')).toBe(true);
    now = 299;
    expect(seen.isNew('t', 'a')).toBe(true);
    expect(seen.isNew('t', 'b')).toBe(false);
    now = 1000;
    expect([seen.isNew('t', 'a'), seen.isNew('t', 'b')]).toEqual([true, true]);
  });

  it('tells topics apart, and ids that look alike when put together', () => {
    const seen = new SeenIds(100, () => 0);
    expect(['t', 'u'].map((topic) => seen.isNew(topic, 'a'))).toEqual([true, true]);
    expect([seen.isNew('bc', 'a'), seen.isNew('c', 'ab')]).toEqual([true, true]);
  });
});

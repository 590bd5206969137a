import { RateLimit, REFUSED } from '@rekindle/channels/internal';
import { describe, expect, it } from 'vitest';

/** How many of so many tries at these times pass. */
function passed(limit: RateLimit, times: readonly number[]): number {
  let state = 0;
  let count = 0;
  for (const now of times) {
    const next = limit.take(state, now);
    if (next === REFUSED) continue;
    state = next;
    count++;
  }
  return count;
}

const every = (ms: number, count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i * ms);

describe('RateLimit', () => {
  it.each([
    [{ perSecond: 10, burst: 5 }, every(0, 20, 1_000_000), 5],
    [{ perSecond: 10, burst: 1 }, every(50, 20, 1_000_000), 10],
    [{ perSecond: 10, burst: 5 }, every(100, 1000, 1_000_000), 1000],
    [{ perSecond: 10, burst: 5 }, [...every(0, 9, 1000), ...every(0, 9, 1300)], 8],
    [{ perSecond: 10, burst: 5 }, [...every(0, 9, 1000), ...every(0, 9, 60_000)], 10],
    [{ perSecond: 0.5, burst: 2 }, every(1000, 11, 1_000_000), 7],
    [{ perSecond: 3, burst: 1 }, every(1, 1001, 1_000_000), 3],
  ])('%j', (rate, times, expected) => {
    expect(passed(new RateLimit(rate), times)).toBe(expected);
  });

  it('lets a steady stream at twice the rate through by half, however long it lasts', () => {
    expect(passed(new RateLimit({ perSecond: 50, burst: 500 }), every(10, 100_000, 5))).toBe(500 + 50 * 1000 - 1);
  });

  it('says how long to wait: a millisecond earlier is too early', () => {
    const limit = new RateLimit({ perSecond: 3, burst: 4 });
    let state = 0;
    for (let i = 0; i < 4; i++) state = limit.take(state, 777);
    const wait = limit.wait(state, 777);
    expect(wait).toBe(334);
    expect(limit.take(state, 777 + wait - 1)).toBe(REFUSED);
    expect(limit.take(state, 777 + wait)).not.toBe(REFUSED);
    expect(limit.wait(state, 10_000)).toBe(0);
  });
});

import { serial } from '@rekindle/cluster/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

const { before16, before32, distance32, next32 } = serial;
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const step = fc.integer({ min: 1, max: 2 ** 31 - 1 });

describe('serial numbers', () => {
  it('wrap', () => {
    expect(next32(0xffff_ffff)).toBe(0);
    expect(before32(0xffff_ffff, 0)).toBe(true);
    expect(before32(0, 0xffff_ffff)).toBe(false);
    expect(before16(0xffff, 1)).toBe(true);
    expect(before16(1, 0xffff)).toBe(false);
    expect(distance32(0xffff_fffe, 3)).toBe(5);
  });

  it('are ordered over less than half the circle', () =>
    check(1000, fc.tuple(u32, step), async ([a, by]) => {
      const b = (a + by) >>> 0;
      expect([before32(a, b), before32(b, a), before32(a, a)]).toEqual([true, false, false]);
      expect(distance32(a, b)).toBe(by);
    }));
});

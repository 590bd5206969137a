import { MAX_TICK_MS, RestartLimit, Watchdog } from '@rekindle/threads/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../kernel/test/support/property.js';

// Pure: time and pulses are given.

describe('Watchdog', () => {
  it('finds a thread stuck whose pulse stood still for as long as that', () => {
    const watchdog = new Watchdog(200);
    watchdog.watch(1, 0);
    watchdog.watch(2, 0);
    let pulse = 0;
    const stuck: number[][] = [];
    for (let now = 0; now <= 250; now += 50) stuck.push(watchdog.tick(now, (thread) => (thread === 2 ? ++pulse : 0)));
    expect(stuck).toEqual([[], [], [], [], [1], [1]]);
  });

  it('counts a late tick as one of 100 ms: time in which the watcher stood still is nobody’s fault', () => {
    const watchdog = new Watchdog(200);
    watchdog.watch(1, 0);
    expect(watchdog.tick(0, () => 0)).toEqual([]);
    expect(watchdog.tick(60_000, () => 0)).toEqual([]);
    expect(watchdog.tick(120_000, () => 0)).toEqual([1]);
  });

  it('forgets', () => {
    const watchdog = new Watchdog(1);
    watchdog.watch(1, 0);
    watchdog.tick(0, () => 0);
    watchdog.forget(1);
    expect(watchdog.tick(50, () => 0)).toEqual([]);
  });

  it('blames exactly those that were silent for the limit, whatever the ticks', async () => {
    const ticks = fc.array(fc.record({ passed: fc.integer({ min: 0, max: 400 }), beats: fc.boolean() }), { maxLength: 60, size: 'max' });
    await check(300, ticks, async (steps) => {
      const watchdog = new Watchdog(500);
      watchdog.watch(1, 0);
      let [now, pulse, silent, first] = [0, 0, 0, true];
      for (const { passed, beats } of steps) {
        now += passed;
        if (beats) pulse++;
        silent = beats ? 0 : silent + (first ? 0 : Math.min(MAX_TICK_MS, passed));
        first = false;
        expect(watchdog.tick(now, () => pulse)).toEqual(silent >= 500 ? [1] : []);
      }
    });
  });
});

describe('RestartLimit', () => {
  it('allows so many deaths in any period of that length, and no more', async () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 40, size: 'max' });
    await check(300, gaps, async (steps) => {
      const limit = new RestartLimit(3, 500);
      const deaths: number[] = [];
      let now = 0;
      for (const gap of steps) {
        now += gap;
        deaths.push(now);
        expect(limit.allow(now)).toBe(deaths.filter((time) => now - time <= 500).length <= 3);
      }
    });
  });
});

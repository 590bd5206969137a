import type { Ref, Thread } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../kernel/test/support/property.js';
import { choose } from '../dist/placement.js';
import type { Hand } from './fixtures/hand.mjs';
import { on, useHands } from './support/hands.js';

const candidates = (threads: readonly number[], loads: readonly number[] = []) =>
  threads.map((thread, i) => ({ thread, load: () => loads[i] ?? 0 }));

describe('choose', () => {
  it('moves only the keys of a scheduler that goes, and gives each about its share', async () => {
    const threads = fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 8 });
    await check(100, threads, async (all) => {
      const [gone, ...left] = all;
      const counts = new Map<number, number>();
      for (let n = 0; n < 400; n++) {
        const where = { key: `key ${n}` };
        const { thread } = choose(where, candidates(all), -1, 0);
        counts.set(thread, (counts.get(thread) ?? 0) + 1);
        if (thread !== gone) expect(choose(where, candidates(left), -1, 0).thread).toBe(thread);
      }
      for (const thread of all) expect(counts.get(thread) ?? 0).toBeGreaterThan(400 / all.length / 3);
    });
  });

  it('takes the least loaded, turns, numbers and the own', () => {
    const three = candidates([3, 5, 9], [4, 2, 7]);
    const chosen = (where: Thread, own = -1, turn = 0): number => choose(where, three, own, turn).thread;
    expect(chosen('leastLoaded')).toBe(5);
    expect([0, 1, 2, 3].map((turn) => chosen('spread', -1, turn))).toEqual([3, 5, 9, 3]);
    expect([0, 1, 2, 4].map((index) => chosen(index))).toEqual([3, 5, 9, 5]);
    expect(chosen('same', 2)).toBe(9);
  });

  it.each(['anywhere', -1, 0.5, {}, null])('refuses %j', (where) => {
    expect(() => choose(where as never, candidates([1]), -1, 0)).toThrow(
      expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(`got ${JSON.stringify(where)}`) }),
    );
  });
});

describe('placement by key and by load', () => {
  const hands = useHands({ schedulers: 3 });

  it('is the same from every thread', async () => {
    const starters = (await Promise.all([0, 1, 2].map((thread) => hands.node.hand(thread)))) as Ref<Hand>[];
    for (let n = 0; n < 10; n++) {
      const where = { key: `room:${n}` };
      const own = (await hands.node.hand(where)).thread;
      for (const starter of starters) {
        const thread = await on(
          starter,
          async (self, { internal }, thread) => (await self.start(internal.classByName('Hand'), {}, { thread })).thread,
          where,
        );
        expect(thread).toBe(own);
      }
    }
  });

  it('evens out what was uneven', async () => {
    const heavy = await hands.node.hand(0);
    for (let n = 0; n < 30; n++) await hands.node.hand(0);
    const placed = await Promise.all(Array.from({ length: 20 }, () => hands.node.hand('leastLoaded')));
    expect(placed.filter(({ thread }) => thread === heavy.thread)).toEqual([]);
    expect(new Set(placed.map(({ thread }) => thread)).size).toBe(2);
  });
});

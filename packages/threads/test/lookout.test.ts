import { connectThreads, Lane, type LaneEvents, Lanes, OwnBell } from '@rekindle/threads/internal';
import { describe, expect, test } from 'vitest';
import { LOOK_OUT_MS, Lookout } from '../dist/lookout.js';

/** A lookout on a clock that each look at it moves on by a microsecond. */
function lookout() {
  let now = 1000;
  const lookout = new Lookout(() => (now += 0.001));
  const sleep = (ms: number, byScheduler = true): void => {
    lookout.sleeps();
    now += ms;
    lookout.wakes(byScheduler);
  };
  return {
    sleep,
    /** How long it has looked out, and whether it has seen something; `ringsAfter` so many looks. */
    looksOut(ringsAfter = Number.POSITIVE_INFINITY): { readonly saw: boolean; readonly ms: number } {
      const began = now;
      let looks = 0;
      const saw = lookout.useful && lookout.looksOut(() => looks++ >= ringsAfter);
      return { saw, ms: now - began };
    },
    converse: (times: number): void => {
      for (let i = 0; i < times; i++) sleep(LOOK_OUT_MS / 2);
    },
  };
}

describe('a thread that has said something to another one', () => {
  test('goes to sleep at once when it has had no quick answers', () => {
    const one = lookout();
    expect(one.looksOut(0)).toEqual({ saw: false, ms: 0 });
    for (let i = 0; i < 100; i++) one.sleep(5);
    expect(one.looksOut(0).saw).toBe(false);
  });

  test('looks out after it has been woken by another scheduler soon after it fell asleep, again and again', () => {
    const one = lookout();
    one.converse(4);
    expect(one.looksOut(10)).toMatchObject({ saw: true });
  });

  test('does not look out for the gateway', () => {
    const one = lookout();
    for (let i = 0; i < 100; i++) one.sleep(LOOK_OUT_MS / 2, false);
    expect(one.looksOut(0).saw).toBe(false);
  });

  test('looks out no longer than sleeping and waking take', () => {
    const one = lookout();
    one.converse(4);
    const { saw, ms } = one.looksOut();
    expect(saw).toBe(false);
    expect(ms).toBeGreaterThanOrEqual(LOOK_OUT_MS);
    expect(ms).toBeLessThan(LOOK_OUT_MS + 0.01);
  });

  test('asks for more proof each time that it has looked out in vain', () => {
    const one = lookout();
    one.converse(4);
    one.looksOut();
    const spent: number[] = [];
    for (let round = 0; round < 1000; round++) {
      one.converse(1);
      const { ms } = one.looksOut();
      if (ms > 0) spent.push(round);
    }
    expect(spent.slice(0, 6)).toEqual([7, 23, 55, 119, 247, 503]);
    expect(spent.length).toBeLessThan(10);
  });

  test('trusts a conversation again once looking out has helped', () => {
    const one = lookout();
    one.converse(4);
    one.looksOut();
    one.converse(8);
    expect(one.looksOut(3).saw).toBe(true);
    expect(one.looksOut().saw).toBe(false);
    one.converse(8);
    expect(one.looksOut(3).saw).toBe(true);
  });

  test('forgets a conversation that has ended', () => {
    const one = lookout();
    one.converse(8);
    for (let i = 0; i < 2; i++) one.sleep(1000);
    expect(one.looksOut(0).saw).toBe(false);
  });
});

describe('a thread', () => {
  test('looks out once it has said something to another scheduler, not to the gateway, and once only', () => {
    let looks = 0;
    class Counting extends Lookout {
      override get useful(): boolean {
        return true;
      }
      override looksOut(): boolean {
        looks++;
        return false;
      }
    }
    const bell = new OwnBell();
    const events: LaneEvents = { schedule: () => {}, woken: () => {}, stuck: () => {} };
    const all = [0, 2].map((thread) => {
      const { atA } = connectThreads({ thread: 1, bell: bell.memory }, { thread, bell: new OwnBell().memory });
      return new Lane(atA, events, () => {});
    });
    const [toGateway, toScheduler] = all as [Lane, Lane];
    const lanes = new Lanes(
      bell,
      () => all,
      () => false,
      new Counting(() => 0),
    );
    const afterSaying = (...to: Lane[]): number => {
      for (const lane of to) {
        lane.out.write(16, new Uint8Array(1));
        lane.flush();
      }
      const before = looks;
      lanes.woken();
      return looks - before;
    };
    expect(afterSaying()).toBe(0);
    expect(afterSaying(toGateway)).toBe(0);
    expect(afterSaying(toScheduler)).toBe(1);
    expect(afterSaying()).toBe(0);
    expect(afterSaying(toGateway, toScheduler)).toBe(1);
    for (const lane of all) lane.close();
  });
});

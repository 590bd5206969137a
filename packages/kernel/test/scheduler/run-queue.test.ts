import { FairRunQueue, type Proc } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

interface Node {
  readonly n: number;
}
const node = (n: number): Proc => ({ n }) as unknown as Proc;
const numberOf = (proc: Proc): number => (proc as unknown as Node).n;
/** So many, and those that have only been made start before others. */
const CROWD = 512;

describe('FairRunQueue', () => {
  it('hands out first what was put in first, also while it grows around its end', () => {
    const queue = new FairRunQueue();
    const expected: number[] = [];
    const got: number[] = [];
    let n = 0;
    const push = (times: number): void => {
      for (let i = 0; i < times; i++) {
        expected.push(n);
        queue.push({ n: n++ } as unknown as Proc);
      }
    };
    const shift = (times: number): void => {
      for (let i = 0; i < times; i++) got.push((queue.shift() as unknown as { n: number }).n);
    };
    push(1000);
    shift(900);
    push(2000);
    shift(500);
    push(5000);
    shift(queue.size);
    expect(got).toEqual(expected);
    expect(queue.size).toBe(0);
  });

  it('lets processes start in the order in which they were made, as long as there is no crowd', () => {
    const queue = new FairRunQueue();
    for (let n = 0; n < CROWD; n++) queue.pushNew(node(n));
    expect(Array.from({ length: CROWD }, () => numberOf(queue.shift()))).toEqual(Array.from({ length: CROWD }, (_, n) => n));
  });

  it('among a crowd lets the latest family start first, its eldest at the head, and after a few of them one that waits', () => {
    const queue = new FairRunQueue();
    for (let n = 0; n < CROWD; n++) queue.push(node(n));
    for (let n = 1000; n < 1012; n++) queue.pushNew(node(n));
    const first = numberOf(queue.shift());
    for (let n = 2000; n < 2010; n++) queue.pushNew(node(n));
    const next = Array.from({ length: 24 }, () => numberOf(queue.shift()));
    expect(first).toBe(1000);
    expect(next).toEqual([
      ...[2000, 2001, 2002, 2003, 2004, 2005, 2006, 0],
      ...[2007, 2008, 2009, 1001, 1002, 1003, 1004, 1005],
      ...[1, 1006, 1007, 1008, 1009, 1010, 1011, 2],
    ]);
  });

  it('holds few at a time when work spreads out over processes that make processes', () => {
    const queue = new FairRunQueue();
    let [alive, most] = [0, 0];
    const make = (size: number): void => {
      most = Math.max(most, ++alive);
      queue.pushNew(node(size));
    };
    let leaves = 0;
    make(1_000_000);
    while (queue.size > 0) {
      const size = numberOf(queue.shift());
      alive--;
      if (size === 1) leaves++;
      else for (let i = 0; i < 10; i++) make(size / 10);
    }
    expect(leaves).toBe(1_000_000);
    // First come, first served has all leaves alive at once.
    expect(most).toBeLessThan(20_000);
  });

  it('hands out each process once, and at last each one, whatever is made meanwhile', async () => {
    const step = fc.record({ push: fc.nat({ max: 40 }), made: fc.nat({ max: 40 }), shift: fc.nat({ max: 60 }), endTurn: fc.boolean() });
    await check(100, fc.tuple(fc.nat({ max: 2 * CROWD }), fc.array(step, { maxLength: 60, size: 'max' })), async ([crowd, steps]) => {
      const queue = new FairRunQueue();
      let n = 0;
      const got: number[] = [];
      for (let i = 0; i < crowd; i++) queue.push(node(n++));
      for (const { push, made, shift, endTurn } of steps) {
        for (let i = 0; i < push; i++) queue.push(node(n++));
        for (let i = 0; i < made; i++) queue.pushNew(node(n++));
        for (let i = 0; i < shift && queue.size > 0; i++) got.push(numberOf(queue.shift()));
        if (endTurn) queue.endTurn();
      }
      while (queue.size > 0) got.push(numberOf(queue.shift()));
      expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    });
  });

  it('starves neither those that wait nor the eldest of those made, however many are made', () => {
    const queue = new FairRunQueue();
    for (let n = 0; n < 2 * CROWD; n++) queue.push(node(1));
    queue.pushNew(node(2));
    const seen = { waiting: 0, eldest: 0 };
    // Each of them makes two more: there is always a younger family.
    for (let round = 0; round < 20 * CROWD; round++) {
      const kind = numberOf(queue.shift());
      if (kind === 1) seen.waiting++;
      else if (kind === 2) seen.eldest++;
      else for (let i = 0; i < 2; i++) queue.pushNew(node(3));
      if (round === 0) for (let i = 0; i < 2; i++) queue.pushNew(node(3));
      if (round % 500 === 0) queue.endTurn();
    }
    expect(seen).toEqual({ waiting: 2 * CROWD, eldest: 1 });
  });
});

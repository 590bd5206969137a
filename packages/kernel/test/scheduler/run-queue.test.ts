import { FairRunQueue, type Proc } from '@rekindle/kernel/internal';
import { describe, expect, it } from 'vitest';

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
});

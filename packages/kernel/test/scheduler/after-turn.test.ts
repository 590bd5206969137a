import { Kernel } from '@rekindle/kernel/internal';
import { expect, it } from 'vitest';

it('what is put off while a turn ends is done with the next one, though nothing else asks for it', async () => {
  const { turns } = new Kernel();
  const done: number[] = [];
  await new Promise<void>((resolve) => {
    const again = (left: number): void => {
      done.push(left);
      if (left === 0) resolve();
      else turns.afterTurn(() => again(left - 1));
    };
    turns.afterTurn(() => again(3));
  });
  expect(done).toEqual([3, 2, 1, 0]);
  expect(turns.idle).toBe(true);
});

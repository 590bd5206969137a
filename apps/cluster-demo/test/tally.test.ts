import { describe, expect, it } from 'vitest';
import { Tally } from '../dist/tally.js';

function counted(act: (tally: Tally) => void): { heard: number; lost: number; doubled: number } {
  const tally = new Tally();
  act(tally);
  const { heard, lost, doubled } = tally;
  return { heard, lost, doubled };
}

function hear(tally: Tally, ...numbers: number[]): void {
  for (const number of numbers) tally.hear('b', 7, number);
}

describe('what the board counts', () => {
  it('is nothing while all comes in order', () => {
    expect(counted((tally) => hear(tally, 4, 5, 6))).toEqual({ heard: 3, lost: 0, doubled: 0 });
  });

  it('is what is missing, and what comes again', () => {
    expect(counted((tally) => hear(tally, 0, 1, 4, 4, 5, 0))).toEqual({ heard: 6, lost: 2, doubled: 2 });
  });

  it('is not what was on its way to or from a node that went down, but is what comes again after it', () => {
    const counts = counted((tally) => {
      hear(tally, 0, 1);
      tally.hear('c', 8, 0);
      tally.down('b');
      hear(tally, 9, 10, 1);
      tally.hear('c', 8, 2);
    });
    expect(counts).toEqual({ heard: 7, lost: 1, doubled: 1 });
  });

  it('starts again with a new process of the same node', () => {
    const counts = counted((tally) => {
      hear(tally, 0, 1);
      tally.down('b');
      tally.hear('b', 9, 0);
      tally.hear('b', 9, 1);
    });
    expect(counts).toEqual({ heard: 4, lost: 0, doubled: 0 });
  });
});

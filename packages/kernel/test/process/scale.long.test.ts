import { type Context, exit, spawn } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { generations } from '../support/generations.js';
import { heapInUse } from '../support/heap.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

describe('a million processes', () => {
  it('are alive at once, in less than 1,000 bytes each, and each of them answers', async () => {
    const MILLION = 1_000_000;
    let answers = 0;
    const before = await heapInUse();
    const pids = Array.from({ length: MILLION }, () =>
      spawn(function* (context: Context<unknown>) {
        for (;;) {
          yield* context.receive();
          answers++;
        }
      }),
    );
    await world.quiet();
    expect(world.alive).toBe(MILLION);
    expect(((await heapInUse()) - before) / MILLION).toBeLessThan(1000);
    for (const pid of pids) pid.send('ping');
    await world.quiet();
    expect(answers).toBe(MILLION);
    for (const pid of pids) exit(pid, 'kill');
    expect(world.alive).toBe(0);
  });
});

describe('ten million processes', () => {
  it('that end one after the other leave the heap as it was', async () => {
    const { early, late, highestSlot } = await generations(10_000_000);
    expect(world.alive).toBe(0);
    expect(highestSlot).toBeLessThan(2000);
    expect(late - early).toBeLessThan(2 * 2 ** 20);
  });
});

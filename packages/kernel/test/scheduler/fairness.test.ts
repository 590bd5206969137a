import { GenServer, type Pid, spawn } from '@rekindle/kernel';
import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// On the real clock: what is tested is that the event loop gets its turns.

beforeEach(() => {
  installKernel(new Kernel());
});
afterEach(() => {
  installKernel(null);
});

/** Sends to itself for as long as it is not told to stop; never waits for anything. */
class Greedy extends GenServer<{ info: 'more' }> {
  turns = 0;
  override init(): void {
    this.sendSelf('more');
  }
  override handleInfo(): void {
    this.turns++;
    this.sendSelf('more');
  }
  count(): number {
    return this.turns;
  }
}

describe('a process that always has something to do', () => {
  it('does not keep others from running', async () => {
    const greedy = await Greedy.start();
    const replies: number[] = [];
    for (let i = 0; i < 5; i++) replies.push(await greedy.call('count'));
    const others = await Promise.all([Greedy.start(), Greedy.start()]);
    const counts = await Promise.all(others.map((other) => other.call('count')));
    expect(counts).toHaveLength(2);
    expect(replies).toEqual([...replies].sort((a, b) => a - b));
    await Promise.all([greedy, ...others].map((ref) => Greedy.stop(ref)));
  });

  it('shares the thread evenly with one that is as busy', async () => {
    const [a, b] = [await Greedy.start(), await Greedy.start()];
    const before = [await a.call('count'), await b.call('count')] as const;
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    const [na, nb] = [(await a.call('count')) - before[0], (await b.call('count')) - before[1]];
    await Promise.all([Greedy.stop(a), Greedy.stop(b)]);
    expect(Math.min(na, nb) / Math.max(na, nb)).toBeGreaterThan(0.5);
  });

  it('does not keep I/O and timers of the event loop from running', async () => {
    const greedy = await Greedy.start();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => process.nextTick(resolve));
    expect(await greedy.call('count')).toBeGreaterThan(0);
    await Greedy.stop(greedy);
  });

  it('gives way after about a millisecond', async () => {
    const greedy = await Greedy.start();
    const gaps: number[] = [];
    for (let i = 0; i < 30; i++) {
      const from = performance.now();
      await new Promise((resolve) => setImmediate(resolve));
      gaps.push(performance.now() - from);
    }
    await Greedy.stop(greedy);
    const median = gaps.sort((a, b) => a - b)[15] as number;
    expect(median).toBeLessThan(20);
  });

  it('does not starve when two of them keep each other busy', async () => {
    const rally = (): Pid<{ back: Pid<unknown> }> =>
      spawn(function* (context) {
        for (;;) {
          const { back } = yield* context.receive();
          back.send({ back: context.self });
        }
      });
    const [a, b] = [rally(), rally()];
    a.send({ back: b });
    const greedy = await Greedy.start();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await greedy.call('count')).toBeGreaterThan(0);
    await Greedy.stop(greedy);
  });
});

describe('messages sent from a callback of the event loop', () => {
  it('are handled before the event loop goes on', async () => {
    const log: string[] = [];
    const pid = spawn(function* (context) {
      for (;;) log.push(String(yield* context.receive()));
    });
    await new Promise((resolve) => setImmediate(resolve)); // the turn that started the process is over
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        pid.send('message');
        setImmediate(() => {
          log.push('next callback');
          resolve();
        });
      });
    });
    expect(log).toEqual(['message', 'next callback']);
  });
});

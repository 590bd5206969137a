import type { Ref } from '@rekindle/kernel';
import { blocking } from '@rekindle/threads';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Hand } from './fixtures/hand.mjs';
import { on, useHands } from './support/hands.js';

const work = new URL('./fixtures/work.mjs', import.meta.url);

describe('blocking', () => {
  it('runs a function with its arguments on another thread', async () => {
    const add = (a: number, b: number): number => a + b;
    expect(await blocking(add, [1, 2])).toBe(3);
    expect(await blocking(async (list: Set<bigint>) => [...list], [new Set([1n])])).toEqual([1n]);
    const main = await blocking(() => process.getBuiltinModule('node:worker_threads').isMainThread, []);
    expect(main).toBe(false);
  });

  it('runs a function of a module', async () => {
    expect(await blocking<number>({ module: work }, [3, 4])).toBe(7);
    expect(await blocking({ module: work.href, export: 'later' }, ['x'])).toEqual({ value: 'x' });
    await expect(blocking({ module: work, export: 'noFunction' }, [])).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/expected a function as its export 'noFunction', got number/),
    });
  });

  it('rejects with what was thrown', async () => {
    const error = blocking(() => {
      throw Object.assign(new RangeError('too much'), { code: 'E_MUCH' });
    }, []);
    await expect(error).rejects.toMatchObject({ name: 'BlockingError', code: 'failed', message: 'the work failed: too much' });
    await expect(error).rejects.toMatchObject({ cause: { name: 'RangeError', message: 'too much', code: 'E_MUCH' } });
    await expect(blocking(() => () => {}, [])).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/its result cannot be copied .* could not be cloned/s),
    });
    await expect(blocking(() => process.exit(4), [])).rejects.toMatchObject({
      code: 'exit',
      message: expect.stringMatching(/ended with code 4/),
    });
  });

  it('kills synchronous work whose time is up, and the next work gets another worker', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const endless = (shared: Int32Array): never => {
      for (;;) Atomics.add(shared, 0, 1);
    };
    await expect(blocking(endless, [shared], { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' });
    expect(await blocking(() => 'next', [])).toBe('next');
    let before = -1;
    // It may need a moment to end; then it counts no more.
    await expect.poll(() => before === (before = Atomics.load(shared, 0)), { interval: 50, timeout: 10_000 }).toBe(true);
  });

  it('does more than there are workers for, in order', async () => {
    const all = Array.from({ length: 20 }, (_, n) => blocking((n: number) => n * 2, [n]));
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, (_, n) => n * 2));
  });

  it('refuses bad input', () => {
    expect(() => blocking(3 as never, [])).toThrow(/expected a function or \{ module, export \}, got number/);
    expect(() => blocking(() => {}, 'x' as never)).toThrow(/expected the arguments as an array, got string/);
    expect(() => blocking(() => {}, [], { timeoutMs: 0 })).toThrow(/timeoutMs: expected 1 to 2,147,483,647 or Infinity, got 0/);
    expect(() => blocking(Math.max, [1])).toThrow(/'max' is native or bound/);
  });
  it('refuses arguments that cannot be copied', async () => {
    await expect(blocking((fn: unknown) => fn, [() => {}])).rejects.toMatchObject({ code: 'not_sendable' });
  });
});

describe('blocking work of a process', () => {
  const hands = useHands();
  let hand: Ref<Hand>;
  beforeAll(async () => {
    hand = await hands.node.hand(0);
  });

  it('leaves its scheduler free', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const waiting = on(
      hand,
      (_self, { threads }, shared) => threads.blocking((shared: Int32Array) => Atomics.wait(shared, 0, 0), [shared], { timeoutMs: 20_000 }),
      shared,
    );
    // Another process of that thread runs meanwhile.
    const other = await hands.node.hand(0);
    expect(await on(other, () => 'runs')).toBe('runs');
    Atomics.store(shared, 0, 1);
    Atomics.notify(shared, 0);
    expect(['ok', 'not-equal']).toContain(await waiting);
  });

  it('is killed with its process', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const victim = await hands.node.hand(0);
    const dead = on(
      victim,
      (_self, { threads }, shared) =>
        threads.blocking(
          (shared: Int32Array) => {
            for (;;) Atomics.add(shared, 0, 1);
          },
          [shared],
        ),
      shared,
    ).catch((error: { reason: unknown }) => error.reason);
    await expect.poll(() => Atomics.load(shared, 0), { timeout: 10_000 }).toBeGreaterThan(0);
    await on(hand, (self, _modules, victim) => self.exit(victim, 'kill'), victim);
    expect(await dead).toBe('killed');
    let before = -1;
    await expect.poll(() => before === (before = Atomics.load(shared, 0)), { interval: 50, timeout: 10_000 }).toBe(true);
  });
});

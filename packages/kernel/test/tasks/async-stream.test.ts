import { exit, isAlive, type Pid, type StreamOptions, self, sleep, Task } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let plain: Probe;
let trapping: Probe;
beforeEach(() => {
  plain = new Probe();
  trapping = new Probe({ trapExit: true });
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of stream) all.push(result);
  return all;
}

const nap = (ms: number): Promise<number> => sleep(ms).then(() => ms);
const forEver = (): Promise<never> => new Promise(() => {});

/** The results of napping for each of the times. */
function naps(items: readonly number[], options: StreamOptions): Promise<unknown[]> {
  return plain.do(() => collect(Task.asyncStream(items, nap, options)));
}

const ok = (...values: unknown[]): unknown[] => values.map((value) => ({ ok: true, value }));

describe('asyncStream', () => {
  it('runs each item in a task of its own', async () => {
    const pids = (await plain.do(() => collect(Task.asyncStream([1, 2, 3], () => self())))) as { value: Pid }[];
    expect(new Set(pids.map(({ value }) => value).concat(plain.pid)).size).toBe(4);
    await world.quiet();
    expect(world.alive).toBe(2);
    expect(await plain.mail()).toEqual([]);
  });

  it.each([
    [{ ordered: true }, ok(30, 10, 20)],
    [{ ordered: false }, ok(10, 20, 30)],
  ])('orders results by item, or as they come: %o', async (options, results) => {
    const all = naps([30, 10, 20], { maxConcurrency: 3, ...options });
    await world.pass(30);
    expect(await all).toEqual(results);
  });

  it('runs so many at a time and no more', async () => {
    let running = 0;
    let most = 0;
    const all = plain.do(() =>
      collect(
        Task.asyncStream(
          Array.from({ length: 10 }, (_, i) => i),
          async (i) => {
            most = Math.max(most, ++running);
            await sleep(10);
            running--;
            return i;
          },
          { maxConcurrency: 3 },
        ),
      ),
    );
    await world.pass(40);
    expect(await all).toEqual(ok(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
    expect(most).toBe(3);
  });

  it('goes on behind a slow first item', async () => {
    const ran: number[] = [];
    const all = plain.do(() =>
      collect(
        Task.asyncStream(
          [100, 1, 2, 3],
          async (ms) => {
            await sleep(ms);
            ran.push(ms);
          },
          { maxConcurrency: 2 },
        ),
      ),
    );
    await world.pass(50);
    expect(ran).toEqual([1, 2, 3]);
    await world.pass(50);
    await all;
  });

  it('takes items only when results are asked for', async () => {
    const taken: number[] = [];
    function* items(): Generator<number> {
      for (let i = 0; ; i++) {
        taken.push(i);
        yield i;
      }
    }
    const stream = await plain.do(() => Task.asyncStream(items(), (i) => i, { maxConcurrency: 2 }));
    await world.quiet();
    expect(taken).toEqual([]);
    expect(await plain.do(() => stream.next())).toEqual({ done: false, value: { ok: true, value: 0 } });
    await world.quiet();
    expect(taken).toEqual([0, 1]);
  });

  it('takes async items', async () => {
    async function* items(): AsyncGenerator<number> {
      for (let i = 1; i <= 3; i++) {
        await sleep(10);
        yield i;
      }
    }
    const all = plain.do(() => collect(Task.asyncStream(items(), (i) => i * 2)));
    await world.pass(30);
    expect(await all).toEqual(ok(2, 4, 6));
  });

  it('stops, killing what runs, when the loop is left', async () => {
    const pids: Pid[] = [];
    let closed = false;
    function* items(): Generator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed = true;
      }
    }
    await plain.do(async () => {
      const stream = Task.asyncStream(
        items(),
        (i, context) => {
          context.trapExit(true);
          pids.push(context.self);
          return i === 0 ? i : forEver();
        },
        { maxConcurrency: 3 },
      );
      for await (const result of stream) {
        expect(result).toEqual({ ok: true, value: 0 });
        break;
      }
    });
    expect(pids.length).toBe(3);
    expect(pids.some((pid) => isAlive(pid))).toBe(false);
    expect(closed).toBe(true);
    expect(await plain.mail()).toEqual([]);
  });

  it('rejects with what its items throw, killing what runs', async () => {
    function* items(): Generator<number> {
      yield 1;
      throw new Error('no more');
    }
    await expect(plain.do(() => collect(Task.asyncStream(items(), forEver)))).rejects.toThrow('no more');
    expect(world.alive).toBe(2);
  });

  it('copies results with strict messages', async () => {
    world.strict();
    const value = { a: 1 };
    const [result] = await plain.do(() => collect(Task.asyncStream([1], () => value)));
    expect(result).toEqual({ ok: true, value });
    expect(result?.ok && result.value).not.toBe(value);
  });

  it.each([{ maxConcurrency: 0 }, { maxConcurrency: 1.5 }, { timeoutMs: -1 }, { onTimeout: 'kill' }, { ordered: 1 }])(
    'refuses bad options: %o',
    async (options) => {
      await expect(plain.do(() => Task.asyncStream([], nap, options as never))).rejects.toMatchObject({ code: 'bad_option' });
    },
  );

  it('needs a process', () => {
    expect(() => Task.asyncStream([], nap)).toThrow(expect.objectContaining({ code: 'no_process' }));
  });
});

describe('a task of a stream that crashes', () => {
  const body = (item: number): number => (item === 2 ? exit('boom') : item);

  it('takes its siblings and its owner along', async () => {
    const end = world.ended(plain.pid);
    const signals: unknown[] = [];
    plain.tell(() =>
      collect(
        Task.asyncStream(
          [1, 2],
          async (item, context) => {
            if (item === 2) return sleep(10).then(() => exit('boom'));
            context.trapExit(true);
            signals.push(await context.receive());
          },
          { maxConcurrency: 2 },
        ),
      ),
    );
    await world.pass(10);
    expect(await end).toBe('boom');
    expect(signals).toMatchObject([{ type: 'EXIT', reason: 'boom' }]);
  });

  it('is a result if the owner traps exits', async () => {
    const all = await trapping.do(() => collect(Task.asyncStream([1, 2, 3], body, { maxConcurrency: 3 })));
    expect(all).toEqual([...ok(1), { ok: false, reason: 'boom' }, ...ok(3)]);
    expect(await trapping.mail()).toEqual([]);
  });

  it('comes with its item if asked for', async () => {
    const all = await trapping.do(() => collect(Task.asyncStream([1, 2, 3], body, { zipInputOnExit: true })));
    expect(all).toEqual([...ok(1), { ok: false, reason: 'boom', input: 2 }, ...ok(3)]);
  });

  it('without a result is one with the reason normal', async () => {
    expect(await plain.do(() => collect(Task.asyncStream([1], () => exit('normal'))))).toEqual([{ ok: false, reason: 'normal' }]);
  });
});

describe('the end of the owner', () => {
  it('ends the tasks for the same reason', async () => {
    const signals: unknown[] = [];
    plain.tell(() =>
      collect(
        Task.asyncStream([1, 2], async (_, context) => {
          context.trapExit(true);
          signals.push(await context.receive());
        }),
      ),
    );
    await world.quiet();
    exit(plain.pid, 'bye');
    await world.quiet();
    expect(signals).toMatchObject([
      { type: 'EXIT', reason: 'bye' },
      { type: 'EXIT', reason: 'bye' },
    ]);
    expect(world.alive).toBe(1);
  });
});

describe('a task of a stream that takes too long', () => {
  it('makes the stream reject, killing what runs', async () => {
    const all = naps([1, 100, 100], { timeoutMs: 20, maxConcurrency: 3 }).catch((error: unknown) => error);
    await world.pass(20);
    expect(await all).toMatchObject({ name: 'TaskError', code: 'timeout' });
    expect(world.alive).toBe(2);
    expect(await plain.mail()).toEqual([]);
  });

  it('is killed alone if asked for', async () => {
    const all = naps([1, 100, 3], { timeoutMs: 20, onTimeout: 'killTask' });
    await world.pass(40);
    expect(await all).toEqual([...ok(1), { ok: false, reason: 'timeout' }, ...ok(3)]);
    const zipped = naps([1, 100, 3], { timeoutMs: 20, onTimeout: 'killTask', zipInputOnExit: true });
    await world.pass(40);
    expect(await zipped).toEqual([...ok(1), { ok: false, reason: 'timeout', input: 100 }, ...ok(3)]);
  });

  it('has 5,000 ms, or any time', async () => {
    const all = naps([4999], {});
    await world.pass(4999);
    expect(await all).toEqual(ok(4999));
    const late = naps([5000], {}).catch((error: unknown) => error);
    await world.pass(5000);
    expect(await late).toMatchObject({ code: 'timeout' });
    const patient = naps([100_000], { timeoutMs: Number.POSITIVE_INFINITY });
    await world.pass(100_000);
    expect(await patient).toEqual(ok(100_000));
  });
});

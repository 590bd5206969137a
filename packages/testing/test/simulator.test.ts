import {
  type Context,
  exit,
  GenServer,
  type Pid,
  type Ref,
  register,
  Supervisor,
  type SupervisorSpec,
  sendAfter,
  sleep,
  spawn,
  supervise,
} from '@rekindle/kernel';
import { SimError, type SimWorld, sim } from '@rekindle/testing';
import { afterEach, describe, expect, it } from 'vitest';

class Counter extends GenServer {
  n = 0;
  get(): number {
    return this.n;
  }
  set(n: number): void {
    this.n = n;
  }
  add(n: number): number {
    return (this.n += n);
  }
}

class Log extends GenServer<{ info: string }> {
  readonly #lines: string[] = [];
  lines(): string[] {
    return this.#lines;
  }
  override handleInfo(message: string | { type: string }): void {
    if (typeof message === 'string') this.#lines.push(message);
  }
}

class Family extends Supervisor {
  override init(thread: number): SupervisorSpec {
    return supervise({ children: [{ start: Counter, name: 'child', thread }] });
  }
}

register(Counter, Log, Family);

/** Two processes that each add 1, by reading and writing: in most courses nothing is lost, in some it is. */
async function lostUpdate(world: SimWorld): Promise<void> {
  const counter = await world.on(world.threads - 1, () => Counter.start());
  const adder = async (context: Context<'go'>): Promise<void> => {
    await context.receive();
    await context.call(counter, 'set', (await context.call(counter, 'get')) + 1);
  };
  spawn(adder).send('go');
  sendAfter(1, spawn(adder), 'go');
  await sleep(100);
  const sum = await counter.call('get');
  if (sum !== 2) throw new Error(`expected 2, got ${sum}`);
}

/** Three processes, the last one on a thread of its own with the log, write to that log. */
async function chatter(world: SimWorld): Promise<string[]> {
  const log = await world.on(1, () => Log.start());
  for (const name of ['a', 'b', 'c']) {
    const writer = world.on(
      name === 'c' ? 1 : 0,
      (to) =>
        spawn(function* (context: Context<number>): Generator<unknown, void, number> {
          for (;;) context.send(to, `${name}${yield* context.receive()}`);
        }),
      log,
    );
    for (const n of seeds(4)) writer.send(n);
  }
  await sleep(50);
  return log.call('lines');
}

function seeds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

async function failure(promise: Promise<unknown>): Promise<SimError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SimError) return error;
    throw error;
  }
  throw new Error('expected a SimError');
}

describe('a simulation', () => {
  it('takes the same course for the same seed, again and again', async () => {
    for (const seed of seeds(20)) {
      const first = await sim.run(seed, chatter, { threads: 2 });
      for (let i = 0; i < 3; i++) expect(await sim.run(seed, chatter, { threads: 2 })).toEqual(first);
      expect(first.trace.length).toBeGreaterThan(20);
    }
  });

  it('takes many courses for many seeds', async () => {
    const runs = [];
    for (const seed of seeds(100)) runs.push(await sim.run(seed, chatter, { threads: 2 }));
    expect(new Set(runs.map(({ hash }) => hash)).size).toBe(100);
    expect(new Set(runs.map(({ value }) => value.join(' '))).size).toBeGreaterThan(50);
  });

  it('keeps what is promised: messages from one process to another stay in order, and none is lost', async () => {
    for (const seed of seeds(200)) {
      const { value } = await sim.run(seed, chatter, { threads: 2 });
      expect(value).toHaveLength(12);
      for (const name of ['a', 'b', 'c']) expect(value.filter((line) => line.startsWith(name))).toEqual(seeds(4).map((n) => `${name}${n}`));
    }
  });

  it.each([
    [1, { maxStepMs: 1 }],
    [2, { maxDelayMs: 1 }],
  ])('finds a race on %i threads, and repeats it', async (threads, times) => {
    const failing: SimError[] = [];
    for (const seed of seeds(300)) {
      await sim.run(seed, lostUpdate, { threads, ...times }).catch((error: SimError) => failing.push(error));
    }
    expect(failing.length).toBeGreaterThan(0);
    expect(failing.length).toBeLessThan(300);
    for (const { seed, message, hash, trace } of failing.slice(0, 5)) {
      const again = await failure(sim.run(seed, lostUpdate, { threads, ...times }));
      expect(again.message).toBe(message);
      expect(again.hash).toBe(hash);
      expect(again.trace).toEqual(trace);
      expect(message).toContain(`seed ${seed}: expected 2, got 1`);
    }
  });

  it('jumps over time in which nothing happens, and timers come at their time', async () => {
    const { value } = await sim.run(7, async (world) => {
      await sleep(24 * 3600 * 1000);
      return world.now;
    });
    expect(value).toBeGreaterThanOrEqual(24 * 3600 * 1000);
    expect(value).toBeLessThan(24 * 3600 * 1000 + 10);
  });

  it('has names that all threads see', async () => {
    await sim.run(
      3,
      async (world) => {
        const started = await world.on(1, () => Counter.start(undefined, { name: 'shared' }));
        const seen = Counter.whereis('shared') as Ref<Counter>;
        expect(seen.thread).toBe(1);
        expect(seen).toBe(started);
        await expect(Counter.start(undefined, { name: 'shared' })).rejects.toMatchObject({ code: 'already_started' });
        expect(await seen.call('add', 2)).toBe(2);
        exit(seen, 'kill');
        await sleep(50);
        expect(Counter.whereis('shared')).toBeUndefined();
      },
      { threads: 2 },
    );
  });

  it('lets a thread die: a supervisor on another one starts its children elsewhere', async () => {
    for (const seed of seeds(50)) {
      await sim.run(
        seed,
        async (world) => {
          await Family.start(1);
          const before = Counter.whereis('child') as Pid;
          expect(before.thread).toBe(1);
          await sleep(world.random() * 10);
          world.kill(1);
          expect(world.alive(1)).toBe(0);
          await sleep(50);
          const after = Counter.whereis('child') as Ref<Counter>;
          expect(after.thread).not.toBe(1);
          expect(await after.call('add', 1)).toBe(1);
          world.note('done');
        },
        { threads: 3 },
      );
    }
  });
});

describe('a simulation fails', () => {
  it('when the program waits for what cannot come', async () => {
    const error = await failure(sim.run(5, () => new Promise<never>(() => {})));
    expect(error.message).toContain('waits for something that cannot happen any more');
  });

  it('when it goes round in circles', async () => {
    const error = await failure(
      sim.run(
        5,
        async () => {
          const ping = (): Pid =>
            spawn(function* (context: Context<Pid>): Generator<unknown, void, Pid> {
              for (;;) (yield* context.receive()).send(context.self);
            });
          const a = ping() as Pid<Pid>;
          a.send(ping());
          await sleep(Number.MAX_SAFE_INTEGER);
        },
        { maxSteps: 500 },
      ),
    );
    expect(error.message).toContain('not done after 500 steps');
  });

  it('with what the program throws, and its last steps', async () => {
    const cause = new RangeError('too much');
    const error = await failure(
      sim.run(11, async (world) => {
        await (await Counter.start()).call('add', 1);
        world.note('here');
        throw cause;
      }),
    );
    expect(error.cause).toBe(cause);
    expect(error.message).toMatch(/^seed 11: too much\nSIM_SEED=11 repeats it[\s\S]*run #Pid<sim\.0\.0>[\s\S]*note here$/);
  });

  it('when its options are wrong', async () => {
    await expect(sim.run(1, () => 1, { threads: 0 })).rejects.toThrow('threads: expected an integer from 1, got 0');
    await expect(sim.run(1, () => 1, { maxDelayMs: -1 })).rejects.toThrow('maxDelayMs: expected a number from 0, got -1');
  });

  it('when another one is running, which goes on', async () => {
    const { value } = await sim.run(1, async () => {
      await expect(sim.run(2, () => 1)).rejects.toThrow('one simulation at a time');
      return (await Counter.start()).call('add', 3);
    });
    expect(value).toBe(3);
  });
});

describe('sim.check', () => {
  afterEach(() => {
    delete process.env.SIM_SEED;
  });

  it('runs as many seeds as it is told to', async () => {
    const runs = await sim.check(10, async () => (await Counter.start()).call('add', 1));
    expect(new Set(runs.map(({ seed }) => seed)).size).toBe(10);
  });

  it('names the seed of the first failure, and runs only that when it is given in SIM_SEED', async () => {
    const found = await failure(sim.check(1000, lostUpdate, { maxStepMs: 1 }));
    process.env.SIM_SEED = String(found.seed);
    let runs = 0;
    const again = await failure(
      sim.check(
        1000,
        (world) => {
          runs++;
          return lostUpdate(world);
        },
        { maxStepMs: 1 },
      ),
    );
    expect([again.seed, again.hash, runs]).toEqual([found.seed, found.hash, 1]);
    process.env.SIM_SEED = 'seven';
    await expect(sim.check(1, () => 1)).rejects.toThrow("SIM_SEED: expected an integer, got 'seven'");
  });
});

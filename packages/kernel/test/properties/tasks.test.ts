import { Agent, exit, sleep, Task } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { check } from '../support/property.js';
import { World } from '../support/world.js';

interface Job {
  readonly ms: number;
  readonly how: 'value' | 'crash';
}

const job: fc.Arbitrary<Job> = fc.record({
  ms: fc.integer({ min: 0, max: 60 }),
  how: fc.oneof({ weight: 4, arbitrary: fc.constant('value' as const) }, { weight: 1, arbitrary: fc.constant('crash' as const) }),
});
const program = fc.record({
  jobs: fc.array(job, { maxLength: 12 }),
  maxConcurrency: fc.integer({ min: 1, max: 5 }),
  ordered: fc.boolean(),
  timeoutMs: fc.constantFrom(20, 45, Number.POSITIVE_INFINITY),
  /** How many results are read before the loop is left. */
  take: fc.integer({ min: 0, max: 14 }),
});

/** What becomes of one job by itself. */
function fate({ ms, how }: Job, at: number, timeoutMs: number): unknown {
  // A sleep and a time limit of the same length: which timer was set first is not the point here.
  if (ms >= timeoutMs) return { ok: false, reason: 'timeout', input: at };
  return how === 'crash' ? { ok: false, reason: `crash ${at}`, input: at } : { ok: true, value: at };
}

describe('a stream of tasks', () => {
  it('gives each job its fate, so many at a time, and leaves nothing behind', async () => {
    await check(150, program, async ({ jobs, maxConcurrency, ordered, timeoutMs, take }) => {
      fc.pre(jobs.every(({ ms }) => ms !== timeoutMs && ms + 1 !== timeoutMs));
      const world = new World();
      await world.open();
      const probe = new Probe({ trapExit: true });
      let running = 0;
      let most = 0;
      const read = probe.do(async () => {
        const results: unknown[] = [];
        const stream = Task.asyncStream(
          jobs.keys(),
          async (at, context) => {
            most = Math.max(most, ++running);
            context.signal.addEventListener('abort', () => running--, { once: true });
            const { ms, how } = jobs[at] as Job;
            await sleep(ms);
            return how === 'crash' ? exit(`crash ${at}`) : at;
          },
          { maxConcurrency, ordered, timeoutMs, onTimeout: 'killTask', zipInputOnExit: true },
        );
        for await (const result of stream) {
          if (results.length >= take) break;
          results.push(result);
        }
        return results;
      });
      await world.pass(2000);
      const results = await read;
      const fates = jobs.map((each, at) => fate(each, at, timeoutMs));
      expect(results.length).toBe(Math.min(take, jobs.length));
      if (ordered) expect(results).toEqual(fates.slice(0, take));
      else for (const result of results) expect(fates).toContainEqual(result);
      expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(results.length);
      expect(most).toBeLessThanOrEqual(maxConcurrency);
      expect(running).toBe(0);
      expect(await probe.mail()).toEqual([]);
      expect(world.alive).toBe(1);
      world.close();
    });
  });
});

describe('tasks', () => {
  type Step = { readonly do: 'start' | 'await' | 'yield' | 'shutdown' | 'brutal' | 'ignore'; readonly which: number; readonly ms: number };
  const step: fc.Arbitrary<Step> = fc.record({
    do: fc.constantFrom('start', 'start', 'await', 'yield', 'shutdown', 'brutal', 'ignore'),
    which: fc.nat({ max: 5 }),
    ms: fc.integer({ min: 0, max: 30 }),
  });

  it('answer once each, with the right value, whatever the order of asking; the mailbox is empty in the end', async () => {
    await check(200, fc.array(step, { maxLength: 20 }), async (steps) => {
      const world = new World();
      await world.open();
      const probe = new Probe();
      const tasks: { task: Task<number>; value: number; open: boolean }[] = [];
      for (const { do: what, which, ms } of steps) {
        if (what === 'start' || tasks.length === 0) {
          const value = tasks.length;
          tasks.push({ task: await probe.do(() => Task.async(() => sleep(ms).then(() => value))), value, open: true });
          continue;
        }
        const one = tasks[which % tasks.length] as (typeof tasks)[number];
        const { task, value } = one;
        if (!one.open) continue;
        const asked = probe.do(async (): Promise<unknown> => {
          if (what === 'await') return { ok: true, value: await task.await(Number.POSITIVE_INFINITY) };
          if (what === 'yield') return task.yield(ms);
          if (what === 'ignore') return task.ignore();
          return task.shutdown(what === 'brutal' ? 'brutalKill' : ms);
        });
        await world.pass(40);
        const answer = await asked;
        if (answer !== undefined) expect(answer).toEqual({ ok: true, value });
        if (what === 'await') expect(answer).toBeDefined();
        one.open = what === 'yield' && answer === undefined;
      }
      for (const { task, open } of tasks) if (open) await probe.do(() => task.ignore());
      await world.pass(100);
      expect(await probe.mail()).toEqual([]);
      expect(world.alive).toBe(1);
      world.close();
    });
  });
});

describe('an agent', () => {
  it('is a sequence of changes, each on the state that the one before left', async () => {
    const change = fc.record({ by: fc.integer(), ms: fc.constantFrom(0, 0, 5) });
    await check(100, fc.array(change, { maxLength: 20 }), async (changes) => {
      const world = new World();
      await world.open();
      const agent = await Agent.start((): readonly number[] => []);
      const seen = Promise.all(
        changes.map(({ by, ms }) =>
          Agent.getAndUpdate(
            agent,
            (list) => (ms === 0 ? [list, [...list, by]] : sleep(ms).then(() => [list, [...list, by]] as const)),
            Number.POSITIVE_INFINITY,
          ),
        ),
      );
      await world.pass(200);
      const all = changes.map(({ by }) => by);
      expect(await seen).toEqual(changes.map((_, i) => all.slice(0, i)));
      expect(await Agent.get(agent, (list) => list)).toEqual(all);
      world.close();
    });
  });
});

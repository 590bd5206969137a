import { Agent, exit, GenServer, ignore, isAlive, Registry, sleep, supervise } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import { Probe } from '../support/probe.js';
import { Tree } from '../support/tree.js';
import { useWorld } from '../support/world.js';

class Counts extends Agent<Map<string, number>> {
  override init(names: readonly string[]): Map<string, number> {
    return new Map(names.map((name) => [name, 0]));
  }
}

describe('an agent', () => {
  const world = useWorld();

  it('keeps a state, read and changed by functions', async () => {
    const agent = await Agent.start(() => 1);
    expect(await Agent.get(agent, (n) => n + 0.5)).toBe(1.5);
    expect(await Agent.update(agent, (n) => n + 1)).toBeUndefined();
    expect(await Agent.getAndUpdate(agent, (n) => [`was ${n}`, n * 10])).toBe('was 2');
    Agent.cast(agent, (n) => n + 1);
    expect(await Agent.get(agent, (n) => n)).toBe(21);
  });

  it.each([undefined, null, ignore, [1, 2]])('can keep and answer anything: %s', async (state) => {
    const agent = await Agent.start(() => state);
    expect(await Agent.get(agent, (it) => it)).toBe(state);
  });

  it('does one thing at a time, also when functions are async', async () => {
    const started = Agent.start(async () => sleep(10).then(() => 'a'));
    await world.pass(10);
    const agent = await started;
    const updated = Agent.update(agent, async (s) => sleep(10).then(() => `${s}b`));
    const got = Agent.get(agent, (s) => s);
    await world.pass(10);
    await updated;
    expect(await got).toBe('ab');
  });

  it('has a name', async () => {
    await Agent.start(() => 1, { name: 'agent' });
    expect(await Agent.get('agent', (n: number) => n)).toBe(1);
    const via = new Registry();
    await Agent.start(() => 2, { name: { via, key: 'two' } });
    expect(await Agent.get({ via, key: 'two' }, (n: number) => n)).toBe(2);
    await expect(Agent.get('nobody', (n) => n)).rejects.toMatchObject({ code: 'noproc' });
    Agent.cast('nobody', (n) => n);
  });

  it('is linked to who starts it with startLink', async () => {
    const probe = new Probe();
    const agent = await probe.do(() => Agent.startLink(() => 1));
    exit(probe.pid, 'bye');
    await world.quiet();
    expect(isAlive(agent)).toBe(false);
    expect(() => Agent.startLink(() => 1)).toThrow(expect.objectContaining({ code: 'no_process' }));
  });

  it.each([
    ['throws', () => exit('boom'), 'boom'],
    ['refuses', () => Promise.reject(new Error('no')), expect.objectContaining({ message: 'no' })],
  ] as const)('is not started when its first function %s', async (_how, make, reason) => {
    await expect(Agent.start(make)).rejects.toMatchObject({ name: 'StartError', code: 'init_failed', reason });
    expect(world.alive).toBe(0);
  });

  it('is not started when its first function takes too long', async () => {
    const started = Agent.start(() => sleep(1000), { timeoutMs: 20 }).catch((error: unknown) => error);
    await world.pass(20);
    expect(await started).toMatchObject({ code: 'timeout' });
    expect(world.alive).toBe(0);
  });

  it('ends with an error in a function', async () => {
    const agent = await Agent.start(() => 1);
    const end = world.ended(agent);
    const error = new Error('boo');
    await expect(
      Agent.get(agent, () => {
        throw error;
      }),
    ).rejects.toMatchObject({ code: 'exit', reason: error });
    expect(await end).toBe(error);
  });

  it.each([[5], [[1]], [[1, 2, 3]]])('ends when getAndUpdate returns something else: %o', async (odd) => {
    const agent = await Agent.start(() => 1);
    await expect(Agent.getAndUpdate(agent, (() => odd) as never)).rejects.toMatchObject({
      code: 'exit',
      reason: { bad_return_value: odd },
    });
  });

  it('is waited for 5,000 ms, or as long as one likes', async () => {
    const agent = await Agent.start(() => 1);
    const slow = Agent.get(agent, () => sleep(6000)).catch((error: unknown) => error);
    const impatient = Agent.get(agent, (n) => n, 10).catch((error: unknown) => error);
    const patient = Agent.update(agent, (n) => n + 1, Number.POSITIVE_INFINITY);
    await world.pass(10);
    expect(await impatient).toMatchObject({ code: 'timeout' });
    await world.pass(4990);
    expect(await slow).toMatchObject({ code: 'timeout' });
    await world.pass(1000);
    await patient;
    expect(await Agent.get(agent, (n) => n)).toBe(2);
  });

  it('does not ask itself', async () => {
    const agent = await Agent.start(() => 1, { name: 'self' });
    await expect(Agent.get(agent, () => Agent.get('self', (n: number) => n))).rejects.toMatchObject({ reason: { code: 'calling_self' } });
  });

  it('ignores messages, and refuses requests', async () => {
    const agent = await Agent.start(() => 1);
    agent.send('hello');
    expect(await Agent.get(agent, (n) => n)).toBe(1);
    await expect((agent as never as { call(name: string): Promise<unknown> }).call('what')).rejects.toMatchObject({
      reason: { code: 'badarg' },
    });
  });

  it('is stopped', async () => {
    const agent = await Agent.start(() => 1);
    await Agent.stop(agent);
    expect(isAlive(agent)).toBe(false);
  });

  it('hands out copies with strict messages', async () => {
    world.strict();
    const agent = await Agent.start(() => ({ list: [1] }));
    (await Agent.get(agent, (state) => state)).list.push(2);
    expect(await Agent.get(agent, ({ list }) => list)).toEqual([1]);
  });

  it('is a child as a class', async () => {
    world.strict();
    const ref = await Tree.start(supervise({ children: [{ start: Counts, args: ['a'], name: 'counts' }] }));
    await Agent.update(Counts.at('counts'), (counts) => counts.set('a', 5));
    expect(await Agent.get(Counts.at('counts'), (counts) => counts.get('a'))).toBe(5);
    exit(Counts.whereis('counts') as never, 'kill');
    await world.quiet();
    expect(await Agent.get(Counts.at('counts'), (counts) => counts.get('a'))).toBe(0);
    await GenServer.stop(ref);
  });

  it('needs a function to start with', () => {
    expect(() => Agent.start(0 as never)).toThrow(expect.objectContaining({ code: 'badarg' }));
    expect(() => Agent.start(() => 0, { thread: 1 })).toThrow(expect.objectContaining({ code: 'not_sendable' }));
  });

  it('does nothing for a process that has ended', async () => {
    const agent = await Agent.start(() => 1);
    const probe = new Probe();
    probe.tell(() => {
      exit(probe.pid, 'kill');
    });
    await world.quiet();
    probe.tell(() => Agent.cast(agent, (n) => n + 1));
    await world.quiet();
    expect(await Agent.get(agent, (n) => n)).toBe(1);
  });
});

describe('an agent on another thread', () => {
  const world = useCluster(2);

  it('cannot be sent functions', async () => {
    const [here, there] = world.members as [Member, Member];
    const seen = here.see(await there.probe().do(() => Agent.start(() => 1)));
    for (const use of [() => Agent.get(seen, (n) => n), () => Agent.cast(seen, (n) => n)]) {
      expect(use).toThrow(expect.objectContaining({ code: 'not_sendable', message: expect.stringContaining('GenServer') }));
    }
  });
});

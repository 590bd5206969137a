import { type Ref, register, StartError, whereis } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Agent } from './fixtures/agent.mjs';
import { useNode } from './support/node.js';

const world = useNode();

describe('placement', () => {
  it('by number means the same thread wherever it is asked from', async () => {
    const { node } = world;
    const [first, second, third] = node.threads.running;
    const asked = await Promise.all([0, 1, 2].map((thread) => node.agent(thread)));
    expect(asked.map((agent) => agent.thread)).toEqual([first, second, third]);
    for (const agent of asked) {
      const placed = await Promise.all([0, 1, 2, 3, 7].map((thread) => agent.call('begin', { thread })));
      expect(placed.map(({ thread }) => thread)).toEqual([first, second, third, first, second]);
    }
  });

  it('spread takes the threads in turn, from the gateway and from a scheduler', async () => {
    const { node } = world;
    const agents = await Promise.all(Array.from({ length: 6 }, () => node.agent('spread')));
    const counts = (threads: number[]): number[] => node.threads.running.map((thread) => threads.filter((t) => t === thread).length);
    expect(counts(agents.map((agent) => agent.thread))).toEqual([2, 2, 2]);
    const [agent] = agents as [Ref<Agent>];
    const placed = await Promise.all(Array.from({ length: 6 }, () => agent.call('begin', { thread: 'spread' })));
    expect(counts(placed.map(({ thread }) => thread))).toEqual([2, 2, 2]);
  });

  it('same stays on the thread, and so does no placement at all', async () => {
    const agent = await world.node.agent(1);
    expect((await agent.call('begin', { thread: 'same' })).thread).toBe(agent.thread);
    const here = await Agent.start();
    expect(here.thread).toBe(0);
  });

  it('of a class that was not registered names it and what to do', async () => {
    class Stranger extends Agent {}
    const failed = Stranger.start({}, { thread: 1 });
    await expect(failed).rejects.toThrow(/class 'Stranger' .*register\(Stranger\)/);
    const agent = await world.node.agent(0);
    await expect(agent.call('beginUnknown', { thread: 1 })).rejects.toThrow(/register\(Stranger\)/);
  });

  it('of a class that only the starter knows fails over there, with the same advice', async () => {
    class OnlyHere extends Agent {}
    register(OnlyHere);
    const failure: unknown = await OnlyHere.start({}, { thread: 1 }).catch((error: unknown) => error);
    expect(StartError.is(failure, 'not_registered')).toBe(true);
    expect(String(failure)).toContain('call register(OnlyHere) in the module that defines it');
  });

  it('with a name registers it before init runs, and refuses a second one with who has it', async () => {
    const { node } = world;
    const holder = await node.agent(1, {}, 'placed');
    expect(whereis('placed')).toBe(holder);
    const failure: unknown = await node.agent(2, {}, 'placed').catch((error: unknown) => error);
    expect(StartError.is(failure, 'already_started') && failure.pid).toBe(holder);
  });

  it('passes arguments that cannot cross back as an error, not as a hang', async () => {
    const bad = { greet: (() => 1) as never };
    const failed = (async () => await Agent.start(bad, { thread: 1 }))();
    await expect(failed).rejects.toMatchObject({ code: 'not_sendable', message: expect.stringContaining('greet') });
  });
});

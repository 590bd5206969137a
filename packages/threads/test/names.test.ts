import { registerProcess, unregisterName, whereis } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { useNode } from './support/node.js';

const HOT = ['hot 0', 'hot 1', 'hot 2', 'hot 3'];
/** How many hold each of the names at this moment. */
const counters = new SharedArrayBuffer(4 * HOT.length);

const world = useNode({ data: { counters } });

const three = () => Promise.all([0, 1, 2].map((thread) => world.node.agent(thread)));

describe('a name', () => {
  it('registered on one thread is found on all of them at once', async () => {
    const agents = await three();
    for (const [i, agent] of agents.entries()) {
      expect(await agent.call('claim', `name ${i}`)).toBe('registered');
      expect(whereis(`name ${i}`)).toBe(agent);
      expect(await Promise.all(agents.map((other) => other.call('find', `name ${i}`)))).toEqual([agent, agent, agent]);
      await agent.call('free', `name ${i}`);
      expect(whereis(`name ${i}`)).toBeUndefined();
      expect(await Promise.all(agents.map((other) => other.call('find', `name ${i}`)))).toEqual([undefined, undefined, undefined]);
    }
  });

  it('registered on the gateway is found by the schedulers, and held against them', async () => {
    const agents = await three();
    const probe = new Probe();
    registerProcess('of the gateway', probe.pid);
    expect(await Promise.all(agents.map((agent) => agent.call('find', 'of the gateway')))).toEqual([probe.pid, probe.pid, probe.pid]);
    expect(await Promise.all(agents.map((agent) => agent.call('claim', 'of the gateway')))).toEqual(['badarg', 'badarg', 'badarg']);
    unregisterName('of the gateway');
    expect(await agents[0]?.call('find', 'of the gateway')).toBeUndefined();
  });

  it.each([
    ['of 255 characters', 'x'.repeat(255)],
    ['of 255 characters, four bytes each pair', '😀'.repeat(127)],
    ['that objects have', '__proto__'],
    ['with a null character', 'a\u0000b'],
  ])('%s is a name like any other', async (_what, name) => {
    const agents = await three();
    expect(await agents[0]?.call('claim', name)).toBe('registered');
    expect(await agents[1]?.call('find', name)).toEqual(agents[0]);
    expect(await agents[2]?.call('claim', name)).toBe('badarg');
    await agents[0]?.call('free', name);
    expect(await agents[2]?.call('claim', name)).toBe('registered');
    await agents[2]?.call('free', name);
  });

  it('has to be well-formed text: others would share their bytes with it', async () => {
    const agents = await three();
    expect(await agents[0]?.call('claim', 'odd \ufffd')).toBe('registered');
    expect(() => registerProcess('odd \ud800', new Probe().pid)).toThrow(expect.objectContaining({ code: 'bad_name' }));
    expect(await agents[1]?.call('findOdd')).toBeUndefined();
    expect(whereis('odd \ud800')).toBeUndefined();
    expect(await agents[1]?.call('find', 'odd \ufffd')).toBe(agents[0]);
  });

  it('goes to one of several who want it at the same moment', async () => {
    const agents = await three();
    for (let round = 0; round < 30; round++) {
      const name = `wanted ${round}`;
      const results = await Promise.all(agents.map((agent) => agent.call('claim', name)));
      expect(results.filter((result) => result === 'registered')).toHaveLength(1);
      const winner = agents[results.indexOf('registered')];
      expect(whereis(name)).toBe(winner);
      expect(await Promise.all(agents.map((agent) => agent.call('find', name)))).toEqual([winner, winner, winner]);
      await winner?.call('free', name);
    }
  });

  it('never has two holders while three threads take and free it as fast as they can', async () => {
    const agents = await three();
    const results = await Promise.all(agents.map((agent) => agent.within(60_000).call('contend', HOT, 4000)));
    expect(results.map(({ wrong }) => wrong)).toEqual([0, 0, 0]);
    for (const { won } of results) expect(won).toBeGreaterThan(100);
    for (const name of HOT) expect(whereis(name)).toBeUndefined();
  });

  it('is found among thousands, and the memory of freed ones is used again', async () => {
    const [first] = await three();
    const pids = Array.from({ length: 3000 }, () => new Probe().pid);
    for (let round = 0; round < 3; round++) {
      for (const [i, pid] of pids.entries()) registerProcess(`many ${round} ${i}`, pid);
      for (const i of [0, 1, 1499, 2999]) expect(await first?.call('find', `many ${round} ${i}`)).toEqual(pids[i]);
      expect(await first?.call('find', `many ${round} 3000`)).toBeUndefined();
      for (const i of pids.keys()) unregisterName(`many ${round} ${i}`);
      expect(await first?.call('find', `many ${round} 7`)).toBeUndefined();
    }
  });
});

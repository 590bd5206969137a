import { type Pid, type Ref, whereis } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import type { Agent } from './fixtures/agent.mjs';
import { useNode } from './support/node.js';

const world = useNode();

const two = async (first = {}, second = {}): Promise<[Ref<Agent>, Ref<Agent>]> => [
  await world.node.agent(0, first),
  await world.node.agent(1, second),
];

/** Resolves when `to` has got all that `from` has sent it: others' signals may overtake it. */
const reach = (from: Ref<Agent>, to: Ref<Agent>) => from.call('forward', to, 'echo', null);

const reasons: [string, unknown, unknown][] = [
  ['a text', 'boom', 'boom'],
  ['kill, which arrives as killed', 'kill', 'killed'],
  ['a shutdown', { shutdown: 'closed' }, { shutdown: 'closed' }],
  ['a map', new Map([['a', 1n]]), new Map([['a', 1n]])],
];

describe('a link between threads', () => {
  it.each(reasons)('brings %s to a process that traps exits, once', async (_what, reason, arrives) => {
    const [a, b] = await two();
    await a.call('join', b);
    await a.call('join', b);
    const ref = await a.call('watch', b);
    await reach(a, b);
    const c = await world.node.agent(2);
    // b traps exits: only `kill` ends it from outside.
    await c.call('kill', b, reason);
    if (reason !== 'kill') b.cast('fail', reason);
    const mail = await a.call('mail', 2);
    expect(mail).toHaveLength(2);
    expect(mail).toEqual(
      expect.arrayContaining([
        { type: 'EXIT', pid: b, reason: arrives },
        { type: 'DOWN', ref, pid: b, reason: arrives },
      ]),
    );
    await a.call('post', a, 'last');
    expect(await a.call('mail', 1)).toEqual(['last']);
  });

  it('brings a thrown error with what it says', async () => {
    const [a, b] = await two();
    await a.call('join', b);
    await reach(a, b);
    b.cast('fail', Object.assign(new TypeError('wrong', { cause: 'why' }), { code: 'E_WRONG' }));
    const [{ reason }] = (await a.call('mail', 1)) as [{ reason: unknown }];
    expect(reason).toBeInstanceOf(Error);
    expect(reason).toMatchObject({ name: 'TypeError', message: 'wrong', code: 'E_WRONG', cause: 'why' });
  });

  it('ends a process that does not trap exits, and those linked to it on further threads', async () => {
    const [a, b] = await two({ trapExit: false });
    const c = await world.node.agent(2, { trapExit: false });
    await a.call('join', b);
    await c.call('join', a);
    await Promise.all([reach(a, b), reach(c, a)]);
    const probe = new Probe();
    const refs = await probe.do((context) => [context.monitor(a as Pid), context.monitor(c as Pid)]);
    await Promise.all([a.call('echo', 0), c.call('echo', 0)]);
    b.cast('fail', 'boom');
    const downs = [await probe.next(), await probe.next()];
    expect(downs).toEqual(expect.arrayContaining(refs.map((ref) => expect.objectContaining({ ref, reason: 'boom' }))));
  });

  it('does not end a process that does not trap exits when the other one ends normally', async () => {
    const [a, b] = await two({ trapExit: false }, { trapExit: false });
    await a.call('join', b);
    const ref = await a.call('watch', b);
    await reach(a, b);
    await b.call('stopWith', 'normal').catch(() => {});
    expect(await a.call('mail', 1)).toEqual([{ type: 'DOWN', ref, pid: b, reason: 'normal' }]);
    expect(await a.call('echo', 1)).toBe(1);
  });

  it('works the same from the gateway', async () => {
    const b = await world.node.agent(1);
    const probe = new Probe({ trapExit: true });
    await probe.do((context) => context.link(b));
    b.cast('fail', 'boom');
    expect(await probe.next()).toEqual({ type: 'EXIT', pid: b, reason: 'boom' });
    const c = await world.node.agent(2);
    await c.call('join', probe.pid);
    await c.call('post', probe.pid, 'linked');
    expect(await probe.next()).toBe('linked');
    probe.tell(() => {
      throw new Error('gateway boom');
    });
    expect(await c.call('mail', 1)).toEqual([
      { type: 'EXIT', pid: probe.pid, reason: expect.objectContaining({ message: 'gateway boom' }) },
    ]);
  });

  it('to a process that has ended brings noproc', async () => {
    const [a, b] = await two();
    b.cast('fail', 'boom');
    await expect(b.call('echo', 1)).rejects.toMatchObject({ reason: expect.anything() });
    await a.call('join', b);
    expect(await a.call('mail', 1)).toEqual([{ type: 'EXIT', pid: b, reason: 'noproc' }]);
  });

  it('that was taken back brings nothing, whichever side took it back', async () => {
    const [a, b] = await two();
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const) {
      await a.call('join', b);
      await reach(a, b);
      await first.call('part', second);
      await reach(first, second);
    }
    const ref = await a.call('watch', b);
    await reach(a, b);
    b.cast('fail', 'boom');
    expect(await a.call('mail', 1)).toEqual([{ type: 'DOWN', ref, pid: b, reason: 'boom' }]);
  });

  it('made by startLink ends the child with its parent', async () => {
    const a = await world.node.agent(0, { trapExit: false });
    const child = await a.call('beginLinked', { thread: 1 }, { trapExit: false });
    const probe = new Probe();
    await probe.do((context) => context.monitor(child as Pid));
    await child.call('echo', 0);
    a.cast('fail', 'parent gone');
    expect(await probe.next()).toMatchObject({ type: 'DOWN', reason: 'parent gone' });
  });
});

describe('a monitor between threads', () => {
  it('of a process that is not there fires with noproc', async () => {
    const [a, b] = await two();
    b.cast('fail', 'boom');
    await expect(b.call('echo', 1)).rejects.toThrow();
    const ref = await a.call('watch', b);
    expect(await a.call('mail', 1)).toEqual([{ type: 'DOWN', ref, pid: b, reason: 'noproc' }]);
  });

  it('by name means who has it now', async () => {
    const [a] = await two();
    const named = await world.node.agent(2, {}, 'watched');
    const ref = await a.call('watch', 'watched');
    await reach(a, named);
    named.cast('fail', 'boom');
    expect(await a.call('mail', 1)).toMatchObject([{ type: 'DOWN', ref, reason: 'boom' }]);
    const again = await a.call('watch', 'watched');
    expect(await a.call('mail', 1)).toMatchObject([{ type: 'DOWN', ref: again, reason: 'noproc' }]);
  });

  it('finds the name free when it fires', async () => {
    const [a] = await two();
    for (let round = 0; round < 20; round++) {
      const named = await world.node.agent(1 + (round % 2), {}, 'short-lived');
      await a.call('watch', 'short-lived');
      await reach(a, named);
      named.cast('fail', 'boom');
      await a.call('mail', 1);
      expect(await a.call('find', 'short-lived')).toBeUndefined();
      expect(whereis('short-lived')).toBeUndefined();
    }
  });

  it('that was removed does not fire, and demonitor tells whether it was there', async () => {
    const [a, b] = await two();
    const [one, other] = [await a.call('watch', b), await a.call('watch', b)];
    expect(await a.call('unwatch', one)).toBe(true);
    expect(await a.call('unwatch', one)).toBe(false);
    await reach(a, b);
    b.cast('fail', 'boom');
    expect(await a.call('mail', 1)).toEqual([{ type: 'DOWN', ref: other, pid: b, reason: 'boom' }]);
    expect(await a.call('unwatch', other)).toBe(false);
  });

  it('comes after what the process had sent', async () => {
    const [a, b] = await two();
    const ref = await a.call('watch', b);
    await reach(a, b);
    await b.call('postMany', a, 50, 'last words');
    b.cast('fail', 'boom');
    const mail = await a.call('mail', 51);
    expect(mail.at(-1)).toEqual({ type: 'DOWN', ref, pid: b, reason: 'boom' });
    expect(mail.slice(0, -1)).toEqual(Array.from({ length: 50 }, (_, i) => `last words ${i}`));
  });

  it('leaves nothing behind on either side', async () => {
    const [a, b] = await two();
    await a.call('join', b);
    const ref = await a.call('watch', b);
    await a.call('watch', b);
    await a.call('unwatch', ref);
    await reach(a, b);
    a.cast('fail', 'boom');
    await b.call('mail', 1);
    b.cast('fail', 'boom');
    await expect(b.call('echo', 1)).rejects.toThrow();
    for (const thread of world.node.threads.running) expect((await world.node.stats(thread)).peers).toEqual([]);
    expect(world.node.peers).toEqual([]);
  });
});

import { exit, isAlive, type Pid } from '@rekindle/kernel';
import { linksOf, ops, type ProcessId } from '@rekindle/kernel/internal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import type { Probe } from '../support/probe.js';

const world = useCluster(2);

function links(pid: Pid): Pid[] {
  return linksOf((pid as ProcessId).proc);
}

describe.each([
  ['the same thread', 0],
  ['another thread', 1],
])('a link to a process of %s', (_where, thread) => {
  let here: Member;
  let there: Member;
  let [a, b] = [] as unknown as [Probe, Probe];
  beforeEach(() => {
    here = world.members[0] as Member;
    there = world.members[thread] as Member;
    [a, b] = [here.probe({ trapExit: true }), there.probe({ trapExit: true })];
  });
  afterEach(async () => {
    exit(a.pid, 'kill');
    exit(b.pid, 'kill');
    await world.cluster.quiet();
    const [first, second] = world.members as [Member, Member];
    expect(first.remembers(second)).toBe(false);
    expect(second.remembers(first)).toBe(false);
  });
  const link = async (): Promise<void> => {
    await a.do((context) => context.link(here.see(b.pid)));
    await world.cluster.quiet();
  };

  it('carries the exit of either to the other', async () => {
    await link();
    exit(b.pid, 'kill');
    expect(await a.next()).toEqual({ type: 'EXIT', pid: here.see(b.pid), reason: 'killed' });
    b = there.probe({ trapExit: true });
    await link();
    exit(a.pid, 'kill');
    expect(await b.next()).toEqual({ type: 'EXIT', pid: there.see(a.pid), reason: 'killed' });
  });

  it('is one link, however often and from whichever side it is made', async () => {
    await link();
    await link();
    await b.do((context) => context.link(there.see(a.pid)));
    await world.cluster.quiet();
    expect([links(a.pid), links(b.pid)]).toEqual([[here.see(b.pid)], [there.see(a.pid)]]);
    exit(b.pid, 'kill');
    await world.cluster.quiet();
    expect(await a.mail()).toHaveLength(1);
  });

  it('made from both sides at once is one link', async () => {
    await Promise.all([a.do((context) => context.link(here.see(b.pid))), b.do((context) => context.link(there.see(a.pid)))]);
    await world.cluster.quiet();
    await a.do((context) => context.unlink(here.see(b.pid)));
    await world.cluster.quiet();
    expect([links(a.pid), links(b.pid)]).toEqual([[], []]);
  });

  it('does not end the other with normal', async () => {
    const [c, d] = [here.probe(), there.probe()];
    await c.do((context) => context.link(here.see(d.pid)));
    await world.cluster.quiet();
    d.tell(() => exit('normal'));
    await world.cluster.quiet();
    expect(isAlive(c.pid)).toBe(true);
    expect(links(c.pid)).toEqual([]);
    exit(c.pid, 'kill');
  });

  it('ends one that does not trap exits with the same reason', async () => {
    const [c, d] = [here.probe(), there.probe()];
    await c.do((context) => context.link(here.see(d.pid)));
    await a.do((context) => context.monitor(c.pid));
    await world.cluster.quiet();
    exit(d.pid, 'boom');
    expect(await a.next()).toMatchObject({ type: 'DOWN', reason: 'boom' });
  });

  it('to one that is gone is noproc', async () => {
    const pid = here.see(b.pid);
    exit(b.pid, 'kill');
    await a.do((context) => context.link(pid));
    expect(await a.next()).toEqual({ type: 'EXIT', pid, reason: 'noproc' });
    expect(links(a.pid)).toEqual([]);
  });

  it('is taken back on both sides', async () => {
    await link();
    await b.do((context) => context.unlink(there.see(a.pid)));
    await world.cluster.quiet();
    expect([links(a.pid), links(b.pid)]).toEqual([[], []]);
    exit(b.pid, 'kill');
    await world.cluster.quiet();
    expect(await a.mail()).toEqual([]);
  });

  it('can be made again after it was taken back, at once', async () => {
    await link();
    await a.do((context) => {
      context.unlink(here.see(b.pid));
      context.link(here.see(b.pid));
    });
    await world.cluster.quiet();
    expect([links(a.pid), links(b.pid)]).toEqual([[here.see(b.pid)], [there.see(a.pid)]]);
    exit(b.pid, 'boom');
    exit(b.pid, 'kill');
    expect(await a.next()).toMatchObject({ reason: 'killed' });
  });

  it('leaves nothing behind when one takes it back and ends', async () => {
    await link();
    await a.do((context) => context.unlink(here.see(b.pid)));
    exit(a.pid, 'kill');
    await world.cluster.quiet();
    expect(links(b.pid)).toEqual([]);
    expect(await b.mail()).toEqual([]);
  });

  it('leaves nothing behind when both take it back at once and end', async () => {
    await link();
    await Promise.all([a.do((context) => context.unlink(here.see(b.pid))), b.do((context) => context.unlink(there.see(a.pid)))]);
    exit(a.pid, 'kill');
    exit(b.pid, 'kill');
    await world.cluster.quiet();
  });
});

describe('a link that crosses an unlink', () => {
  it.each([
    ['of a link that was there', true],
    ['of a link that was on its way', false],
  ])('%s leaves both sides of one mind', async (_which, before) => {
    const [here, there] = world.members as [Member, Member];
    const [a, b] = [here.probe({ trapExit: true }), there.probe({ trapExit: true })];
    const link = (): Promise<void> => a.do((context) => context.link(here.see(b.pid)));
    if (before) await link();
    await world.cluster.quiet();
    world.cluster.hold(here, there);
    world.cluster.hold(there, here);
    if (!before) await link();
    await a.do((context) => context.unlink(here.see(b.pid)));
    await b.do((context) => context.link(there.see(a.pid)));
    world.cluster.release(there, here);
    await world.cluster.quiet();
    world.cluster.release(here, there);
    await world.cluster.quiet();
    expect([links(a.pid), links(b.pid)]).toEqual([[], []]);
    expect(here.remembers(there) || there.remembers(here)).toBe(false);
  });
});

describe('an exit signal that crosses an unlink', () => {
  it('is dropped, also if the process links again before it arrives', async () => {
    const [here, there] = world.members as [Member, Member];
    const [a, b] = [here.probe({ trapExit: true }), there.probe()];
    await a.do((context) => context.link(here.see(b.pid)));
    await world.cluster.quiet();
    world.cluster.hold(there, here);
    exit(b.pid, 'boom');
    await a.do((context) => context.unlink(here.see(b.pid)));
    world.cluster.release(there, here);
    await world.cluster.quiet();
    expect(world.cluster.sent(there, here)).toEqual([ops.LINK_EXIT, ops.UNLINK_ACK]);
    expect(await a.mail()).toEqual([]);
    expect(here.remembers(there)).toBe(false);
  });

  it('comes through when the unlink was acknowledged and a new link made', async () => {
    const [here, there] = world.members as [Member, Member];
    const [a, b] = [here.probe({ trapExit: true }), there.probe()];
    await a.do((context) => {
      context.link(here.see(b.pid));
      context.unlink(here.see(b.pid));
    });
    await world.cluster.quiet();
    await a.do((context) => context.link(here.see(b.pid)));
    exit(b.pid, 'boom');
    expect(await a.next()).toMatchObject({ reason: expect.stringMatching(/boom|noproc/) });
    await world.cluster.quiet();
    expect(await a.mail()).toEqual([]);
  });
});

describe('a link made by a process that ends at once', () => {
  it('still ends the other', async () => {
    const [here, there] = world.members as [Member, Member];
    const [a, b] = [here.probe(), there.probe({ trapExit: true })];
    a.tell((context) => {
      context.link(here.see(b.pid));
      exit('boom');
    });
    expect(await b.next()).toEqual({ type: 'EXIT', pid: there.see(a.pid), reason: 'boom' });
    await world.cluster.quiet();
    expect(here.remembers(there)).toBe(false);
    expect(there.remembers(here)).toBe(false);
  });
});

describe('an exit reason that cannot travel', () => {
  it('arrives as its description', async () => {
    const [here, there] = world.members as [Member, Member];
    const [a, b] = [here.probe({ trapExit: true }), there.probe()];
    const ref = await a.do((context) => {
      context.link(here.see(b.pid));
      return context.monitor(here.see(b.pid));
    });
    await world.cluster.quiet();
    b.tell(() => exit({ why: () => 1, note: 'x' }));
    await world.cluster.quiet();
    const pid = here.see(b.pid);
    const reason = { unsendable: '{"note":"x"}' };
    expect(await a.mail()).toEqual(
      expect.arrayContaining([
        { type: 'EXIT', pid, reason },
        { type: 'DOWN', ref, pid, reason },
      ]),
    );
  });
});

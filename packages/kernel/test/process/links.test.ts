import { type Exit, exit, isAlive, link, type Pid, spawn, unlink } from '@rekindle/kernel';
import { linksOf, type ProcessId } from '@rekindle/kernel/internal';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

function links(pid: Pid): Pid[] {
  return linksOf((pid as ProcessId).proc);
}

describe('link', () => {
  it('ends the other with the same reason, in both directions', async () => {
    for (const victim of [0, 1]) {
      const [a, b] = [new Probe(), new Probe()];
      await a.do((context) => context.link(b.pid));
      const ends = Promise.all([world.ended(a.pid), world.ended(b.pid)]);
      exit([a, b][victim]?.pid as Pid, 'boom');
      expect(await ends).toEqual(['boom', 'boom']);
    }
  });

  it('does not end the other when one ends with normal', async () => {
    const [a, b] = [new Probe(), new Probe()];
    await a.do((context) => context.link(b.pid));
    a.tell(() => exit('normal'));
    await world.ended(a.pid);
    await world.quiet();
    expect(isAlive(b.pid)).toBe(true);
    expect(links(b.pid)).toEqual([]);
  });

  it('sends one EXIT however often it was made, and from both sides', async () => {
    const [a, b] = [new Probe({ trapExit: true }), new Probe()];
    await a.do((context) => {
      context.link(b.pid);
      context.link(b.pid);
    });
    await b.do((context) => context.link(a.pid));
    expect(links(a.pid)).toEqual([b.pid]);
    exit(b.pid, 'boom');
    await world.quiet();
    expect(await a.mail()).toEqual([{ type: 'EXIT', pid: b.pid, reason: 'boom' }]);
  });

  it('to itself does nothing', async () => {
    const a = new Probe();
    await a.do((context) => context.link(context.self));
    expect(links(a.pid)).toEqual([]);
  });

  it('to a process that has ended is the exit signal noproc', async () => {
    const gone = spawn(() => {});
    await world.ended(gone);
    const trapping = new Probe({ trapExit: true });
    await trapping.do((context) => context.link(gone));
    expect(await trapping.next()).toEqual({ type: 'EXIT', pid: gone, reason: 'noproc' });
    const mortal = new Probe();
    const end = world.ended(mortal.pid);
    mortal.tell((context) => context.link(gone));
    expect(await end).toBe('noproc');
  });

  it('carries a death through a group, and stops at a process that traps exits', async () => {
    const probes = Array.from({ length: 5 }, (_, i) => new Probe({ trapExit: i === 3 }));
    for (let i = 1; i < probes.length; i++) {
      await (probes[i] as Probe).do((context) => context.link((probes[i - 1] as Probe).pid));
    }
    exit((probes[0] as Probe).pid, 'boom');
    await world.quiet();
    expect(probes.map(({ pid }) => isAlive(pid))).toEqual([false, false, false, true, true]);
    expect(await probes[3]?.mail()).toEqual([{ type: 'EXIT', pid: probes[2]?.pid, reason: 'boom' }]);
  });

  it.each([2, 5, 8, 9, 20])('keeps %i in the order in which they were made, whichever are taken back', async (count) => {
    const hub = new Probe();
    const others = Array.from({ length: count }, () => new Probe({ trapExit: true }));
    const [gone, kept] = [others.filter((_, i) => i % 3 === 1), others.filter((_, i) => i % 3 !== 1)];
    const ended: Pid[] = [];
    for (const { pid } of others) await hub.do((context) => context.link(pid));
    for (const { pid } of others) await hub.do((context) => context.link(pid));
    expect(links(hub.pid)).toEqual(others.map(({ pid }) => pid));
    for (const { pid } of gone) await hub.do((context) => context.unlink(pid));
    expect(links(hub.pid)).toEqual(kept.map(({ pid }) => pid));
    const told = kept.map(async (probe) => ended.push((await probe.next<Exit>()) && probe.pid));
    exit(hub.pid, 'boom');
    await Promise.all(told);
    expect(ended).toEqual(kept.map(({ pid }) => pid));
    await world.quiet();
    for (const probe of gone) expect(await probe.mail()).toEqual([]);
  });

  it('passes on the reason kill of a process that ended itself with it, which can be trapped', async () => {
    const trapping = new Probe({ trapExit: true });
    const mortal = new Probe();
    const suicidal = new Probe();
    await trapping.do((context) => context.link(suicidal.pid));
    await mortal.do((context) => context.link(suicidal.pid));
    const end = world.ended(mortal.pid);
    suicidal.tell(() => exit('kill'));
    expect(await trapping.next()).toMatchObject({ type: 'EXIT', reason: 'kill' });
    expect(await end).toBe('kill');
  });

  it('throws no_process outside of all processes', () => {
    const { pid } = new Probe();
    expect(() => link(pid)).toThrow(expect.objectContaining({ code: 'no_process' }));
    expect(() => unlink(pid)).toThrow(expect.objectContaining({ code: 'no_process' }));
  });
});

describe('unlink', () => {
  it('takes the link back on both sides, whoever made it', async () => {
    const [a, b] = [new Probe(), new Probe()];
    await a.do((context) => context.link(b.pid));
    await b.do((context) => context.unlink(a.pid));
    expect([links(a.pid), links(b.pid)]).toEqual([[], []]);
    exit(a.pid, 'boom');
    await world.quiet();
    expect(isAlive(b.pid)).toBe(true);
  });

  it('is no error where no link is, and with a process that has ended', async () => {
    const gone = spawn(() => {});
    await world.ended(gone);
    const a = new Probe();
    await a.do((context) => {
      context.unlink(gone);
      context.unlink(context.self);
      context.unlink(new Probe().pid);
    });
    expect(isAlive(a.pid)).toBe(true);
  });

  it('leaves an EXIT that waits in the mailbox there', async () => {
    const [a, b] = [new Probe({ trapExit: true }), new Probe()];
    await a.do((context) => context.link(b.pid));
    exit(b.pid, 'boom');
    await a.do((context) => context.unlink(b.pid));
    expect(await a.mail()).toMatchObject([{ type: 'EXIT', reason: 'boom' }]);
  });

  it('also calls off the signal of one that has ended in the same stretch', async () => {
    const [a, b] = [new Probe(), new Probe()];
    await a.do((context) => {
      context.link(b.pid);
      context.exit(b.pid, 'boom');
      context.unlink(b.pid);
    });
    await world.quiet();
    expect([isAlive(a.pid), isAlive(b.pid)]).toEqual([true, false]);
    expect(links(a.pid)).toEqual([]);
  });

  it('allows to link again', async () => {
    const [a, b] = [new Probe({ trapExit: true }), new Probe()];
    await a.do((context) => {
      context.link(b.pid);
      context.unlink(b.pid);
      context.link(b.pid);
    });
    exit(b.pid, 'boom');
    expect(await a.next()).toMatchObject({ reason: 'boom' });
  });
});

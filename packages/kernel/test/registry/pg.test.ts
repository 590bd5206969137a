import { exit, type Pid, pg, Scope } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let scope: Scope;
let [a, b, c] = [] as unknown as [Pid, Pid, Pid];
beforeEach(() => {
  scope = new Scope();
  [a, b, c] = [new Probe().pid, new Probe().pid, new Probe().pid];
});

describe('join and leave', () => {
  it('put processes into groups and take them out', () => {
    scope.join('g', a);
    scope.join('g', [b, c]);
    scope.join('h', a);
    expect(scope.getMembers('g')).toEqual([a, b, c]);
    expect(scope.whichGroups()).toEqual(['g', 'h']);
    expect(scope.leave('g', [a, c])).toBe('ok');
    expect(scope.getMembers('g')).toEqual([b]);
    expect(scope.leave('g', b)).toBe('ok');
    expect(scope.getMembers('g')).toEqual([]);
    expect(scope.whichGroups()).toEqual(['h']);
  });

  it('count: a process that joined twice is there twice', () => {
    scope.join('g', [a, a]);
    expect(scope.getMembers('g')).toEqual([a, a]);
    scope.leave('g', a);
    expect(scope.getMembers('g')).toEqual([a]);
    scope.leave('g', a);
    expect(scope.leave('g', a)).toBe('not_joined');
    expect(scope.leave('nothing', a)).toBe('not_joined');
  });

  it('take out what can be taken out', () => {
    scope.join('g', a);
    expect(scope.leave('g', [a, b])).toBe('ok');
    expect(scope.getMembers('g')).toEqual([]);
  });

  it('give out copies of the member lists', () => {
    scope.join('g', a);
    scope.getMembers('g').push(b);
    expect(scope.getMembers('g')).toEqual([a]);
    expect(scope.getLocalMembers('g')).toEqual([a]);
    expect(scope.whichLocalGroups()).toEqual(['g']);
  });

  it('refuse what is no process of this node', () => {
    expect(() => scope.join('g', {} as never)).toThrow(expect.objectContaining({ code: 'badarg' }));
  });
});

describe('the end of a member', () => {
  it('takes it out of all groups before anyone sees the end', async () => {
    const watcher = new Probe();
    scope.join('g', [a, a, b]);
    scope.join('h', a);
    await watcher.do((context) => context.monitor(a));
    exit(a, 'kill');
    const seen: unknown[] = [];
    await watcher.next(() => seen.push(scope.getMembers('g'), scope.getMembers('h'), scope.whichGroups()) > 0);
    expect(seen).toEqual([[b], [], ['g']]);
  });

  it('is no member any more when it joins afterwards', () => {
    exit(a, 'kill');
    scope.join('g', [a, b]);
    expect(scope.getMembers('g')).toEqual([b]);
  });
});

describe('monitor', () => {
  it('answers the members and tells of later changes of that group', async () => {
    const watcher = new Probe();
    scope.join('g', a);
    const { ref, pids } = scope.monitor('g', watcher.pid);
    expect(pids).toEqual([a]);
    scope.join('g', [b, c]);
    scope.join('other', a);
    scope.leave('g', b);
    exit(c, 'kill');
    await world.quiet();
    expect(await watcher.mail()).toEqual([
      { type: 'join', ref, group: 'g', pids: [b, c] },
      { type: 'leave', ref, group: 'g', pids: [b] },
      { type: 'leave', ref, group: 'g', pids: [c] },
    ]);
  });

  it('tells also where messages are copied: its reference is the one that was given', async () => {
    world.strict();
    const watcher = new Probe();
    const { ref } = scope.monitor('g', watcher.pid);
    scope.join('g', a);
    const [event] = (await watcher.mail()) as [{ ref: unknown }];
    expect(event).toEqual({ type: 'join', ref, group: 'g', pids: [a] });
    expect(event.ref).toBe(ref);
  });

  it('of the scope tells of all groups', async () => {
    const watcher = new Probe();
    scope.join('g', a);
    const { ref, groups } = await watcher.do(() => scope.monitorScope());
    expect(groups).toEqual(new Map([['g', [a]]]));
    scope.join('h', b);
    expect(await watcher.next()).toEqual({ type: 'join', ref, group: 'h', pids: [b] });
  });

  it('ends with demonitor, and with the process that monitors', async () => {
    const watcher = new Probe();
    const { ref } = scope.monitor('g', watcher.pid);
    expect(scope.demonitor(ref)).toBe(true);
    expect(scope.demonitor(ref)).toBe(false);
    scope.join('g', a);
    expect(await watcher.mail()).toEqual([]);
    const other = scope.monitor('g', watcher.pid);
    exit(watcher.pid, 'kill');
    expect(scope.demonitor(other.ref)).toBe(false);
  });

  it('by a process that has ended leaves nothing behind', () => {
    exit(a, 'kill');
    const { ref } = scope.monitor('g', a);
    expect(scope.demonitor(ref)).toBe(false);
    expect((a as unknown as { proc: { owned: unknown } }).proc.owned).toBeNull();
  });

  it('without a process throws no_process', () => {
    expect(() => scope.monitor('g')).toThrow(expect.objectContaining({ code: 'no_process' }));
  });
});

describe('pg', () => {
  it('is one scope per node', () => {
    expect(pg()).toBe(pg());
    pg().join('g', a);
    expect(pg().getMembers('g')).toEqual([a]);
    expect(scope.getMembers('g')).toEqual([]);
  });
});

import type { GroupEvent, Pid } from '@rekindle/kernel';
import { condemn, installKernel, type ProcessId } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { check, PROPERTY_TIMEOUT_MS } from './support/property.js';
import { faults, NAMES, World } from './support/simulated-world.js';
import type { SimulatedNode } from './support/simulation.js';

// Process groups of whole nodes, on virtual time.

afterEach(() => installKernel(null));

const GROUPS = ['g', 'h'] as const;

/** The members as text, the same on all nodes. */
function members(node: SimulatedNode, group: string): string[] {
  return printed(node.groups.getMembers(group));
}

function printed(pids: readonly Pid[]): string[] {
  return pids.map((pid) => `${pid.node}/${(pid as ProcessId).at.incarnation}/${pid.serial}`).sort();
}

/** What somebody knows who has seen nothing but the events of a monitor. */
function told(node: SimulatedNode): (group: string) => string[] {
  const events = node.events as unknown as GroupEvent[];
  node.groups.monitorScope(node.observer);
  return (group) => {
    const known: string[] = [];
    for (const event of events) {
      if (event.type !== 'join' && event.type !== 'leave') continue;
      if (event.group !== group) continue;
      for (const pid of printed(event.pids)) {
        if (event.type === 'join') known.push(pid);
        else {
          expect(known).toContain(pid);
          known.splice(known.indexOf(pid), 1);
        }
      }
    }
    return known.sort();
  };
}

async function quietWorld(): Promise<World> {
  const world = new World(1);
  await world.pass(1500);
  return world;
}

describe('process groups', () => {
  it('have their members on all nodes, and tell monitors of each join and leave as it was made', async () => {
    const world = await quietWorld();
    const [a, b] = [world.node('a'), world.node('b')];
    const [p, q] = [a.spawn(), a.spawn()];
    b.groups.monitor('g', b.observer);
    a.groups.join('g', [p, q]);
    a.groups.join('g', p);
    a.groups.join('other', q);
    await world.pass(100);
    expect(members(b, 'g')).toEqual(printed([p, p, q]));
    expect(b.groups.getLocalMembers('g')).toEqual([]);
    expect(b.groups.whichGroups().sort()).toEqual(['g', 'other']);
    expect(b.groups.whichLocalGroups()).toEqual([]);
    a.groups.leave('g', p);
    condemn(q.proc, 'killed');
    await world.pass(100);
    const events = (b.events as unknown as GroupEvent[]).filter(({ type }) => type === 'join' || type === 'leave');
    expect(events.map(({ type, pids }) => [type, printed(pids)])).toEqual([
      ['join', printed([p, q])],
      ['join', printed([p])],
      ['leave', printed([p])],
      ['leave', printed([q])],
    ]);
    expect(b.groups.whichGroups()).toEqual(['g']);
  });

  it('are known to a node that comes later, and lose the members of one that goes', async () => {
    const world = await quietWorld();
    world.node('c').kill();
    const [a, b] = [world.node('a'), world.node('b')];
    const [p, q] = [a.spawn(), b.spawn()];
    a.groups.join('g', p);
    b.groups.join('g', q);
    await world.pass(5000);
    const c = world.start('c');
    await world.pass(2000);
    expect(members(c, 'g')).toEqual(printed([p, q]));
    b.kill();
    await world.pass(3000);
    for (const node of [a, c]) expect(members(node, 'g')).toEqual(printed([p]));
  });

  it('keep the members of nodes that can be reached only, and get the others back', async () => {
    const world = await quietWorld();
    const pids = NAMES.map((name) => {
      const pid = world.node(name).spawn();
      world.node(name).groups.join('g', pid);
      return pid;
    });
    await world.pass(100);
    world.broker.partition(['c']);
    await world.pass(8000);
    expect(members(world.node('a'), 'g')).toEqual(printed(pids.slice(0, 2)));
    expect(members(world.node('c'), 'g')).toEqual(printed(pids.slice(2)));
    world.heal();
    await world.pass(3000);
    for (const node of world.living) expect(members(node, 'g')).toEqual(printed(pids));
  });

  it('say to one that comes what is so when it comes, and that once', async () => {
    const world = await quietWorld();
    const [a, b] = [world.node('a'), world.node('b')];
    const hub = a.kernel.names.whereis('rekindle.pg') as ProcessId;
    const newcomer = a.kernel.pid(a.kernel.address('b', b.incarnation, 0), b.observer.serial);
    installKernel(a.kernel);
    hub.send({ type: 'discover', from: newcomer });
    a.groups.join('g', a.spawn());
    await world.pass(100);
    const changes = (b.events as unknown as { type: string; change: string; rows: [string, Pid[]][] }[]).filter(
      ({ type }) => type === 'change',
    );
    expect(changes.flatMap(({ rows }) => rows).flatMap(([, pids]) => pids)).toHaveLength(1);
  });

  it('believe of a node what it says of its own processes only', async () => {
    const world = await quietWorld();
    const [a, b, c] = NAMES.map((name) => world.node(name)) as [SimulatedNode, SimulatedNode, SimulatedNode];
    const hub = a.kernel.names.whereis('rekindle.pg') as ProcessId;
    const bs = b.spawn();
    b.groups.join('g', bs);
    await world.pass(100);
    installKernel(a.kernel);
    const there = a.kernel.nodes.nameOn('c', 'rekindle.pg');
    const foreign = a.kernel.pid(a.kernel.address('b', b.incarnation, 0), bs.serial);
    for (const message of [
      { type: 'change', from: hub, change: 'remove', rows: [['g', [foreign]]] },
      { type: 'change', from: hub, change: 'add', rows: [['g', [foreign]]] },
      { type: 'change', from: hub, change: 'add', rows: [['g', ['no pid']]] },
      { type: 'change', from: hub, change: 'add', rows: 'none' },
      { type: 'change', from: hub, change: 'other', rows: [] },
      { type: 'change', from: 'nobody', change: 'add', rows: [] },
      { type: 'lost', from: hub, node: 'b', incarnation: b.incarnation, thread: -1 },
      { type: 'lost', from: hub, node: 'a', incarnation: a.incarnation, thread: -1 },
      { type: 'discover', from: 'nobody' },
      { type: 'discover' },
      { type: 'DOWN', pid: 7 },
      null,
      7,
    ])
      there.send(message);
    await world.pass(100);
    expect(members(c, 'g')).toEqual(printed([bs]));
    const own = a.spawn();
    a.groups.join('g', own);
    await world.pass(100);
    expect(members(c, 'g')).toEqual(printed([own, bs]));
  });

  const name = fc.constantFrom(...NAMES);
  const group = fc.constantFrom(...GROUPS);
  const change = fc.record({ what: fc.constantFrom('join', 'leave', 'exit'), node: name, group, which: fc.nat({ max: 3 }) });
  const happening = fc.oneof({ weight: 12, arbitrary: fc.record({ what: fc.constant('change' as const), change }) }, ...faults);

  it(
    'are the same everywhere some time after the last fault, and monitors have been told exactly of what changed',
    () =>
      check(150, fc.tuple(fc.integer(), fc.array(happening, { maxLength: 40 })), async ([seed, happenings]) => {
        const world = new World(seed);
        const knowledge = new Map<SimulatedNode, ReturnType<typeof told>>();
        const own = new Map<SimulatedNode, { pids: ProcessId[]; groups: Map<string, ProcessId[]> }>();
        const of = (node: SimulatedNode) => {
          let known = own.get(node);
          if (known === undefined) {
            knowledge.set(node, told(node));
            known = { pids: Array.from({ length: 4 }, () => node.spawn()), groups: new Map(GROUPS.map((g) => [g, []])) };
            own.set(node, known);
          }
          return known;
        };
        await world.pass(0);
        for (const node of world.living) of(node);
        for (const it of happenings) {
          if (it.what !== 'change') {
            await world.suffer(it);
            for (const node of world.living) of(node);
            continue;
          }
          const node = world.node(it.change.node);
          if (!node.alive || node.frozen) continue;
          const { pids, groups } = of(node);
          const { group, which } = it.change;
          const pid = pids[which] as ProcessId;
          const joined = groups.get(group) as ProcessId[];
          if (it.change.what === 'join') {
            node.groups.join(group, pid);
            if (pid.proc.alive) joined.push(pid);
          } else if (it.change.what === 'leave') {
            const at = joined.indexOf(pid);
            expect(node.groups.leave(group, pid)).toBe(at < 0 ? 'not_joined' : 'ok');
            if (at >= 0) joined.splice(at, 1);
          } else {
            condemn(pid.proc, 'killed');
            for (const [g, all] of groups)
              groups.set(
                g,
                all.filter((other) => other !== pid),
              );
          }
          // Its own members a node knows at once.
          expect(printed(node.groups.getLocalMembers(group))).toEqual(printed(groups.get(group) as ProcessId[]));
        }
        world.heal();
        await world.pass(20_000);
        for (const g of GROUPS) {
          const all = printed(world.living.flatMap((node) => of(node).groups.get(g) as ProcessId[]));
          for (const node of world.living) {
            expect(members(node, g)).toEqual(all);
            expect(knowledge.get(node)?.(g)).toEqual(all);
          }
        }
      }),
    PROPERTY_TIMEOUT_MS,
  );
});

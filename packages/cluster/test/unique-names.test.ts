import { clusterName, clusterNames, GenServer, type Pid, Singleton, singleton } from '@rekindle/kernel';
import { Codec, condemn, installKernel, type Proc, ProcessId } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { LEASE_MS } from './support/memory-names.js';
import { claim, holder, type Outcome, ownerOf, place, tokenOf } from './support/names.js';
import { check, PROPERTY_TIMEOUT_MS } from './support/property.js';
import { faults, NAMES, World } from './support/simulated-world.js';
import type { SimulatedNode } from './support/simulation.js';

// Names that are unique in a cluster, on whole nodes and virtual time.

afterEach(() => installKernel(null));

const happened: string[] = [];

class Leader extends GenServer {
  override init({ on }: { on: string }): void {
    this.trapExit(true);
    happened.push(on);
  }
  override terminate(): void {
    happened.push('ended in order');
  }
}

type Registry = 'gossip' | 'kv';

async function quietWorld(registry: Registry): Promise<World> {
  const world = new World(1, 20, registry);
  await world.pass(5000);
  return world;
}

/** How long it takes until others have the names of a node that is killed, and of one that is cut off. */
const FREE_AFTER_MS = { gossip: { kill: 3000, cutOff: 8000 }, kv: { kill: LEASE_MS + 4000, cutOff: LEASE_MS + 6000 } };

describe.each(['gossip', 'kv'] as const)('a cluster name, with registry: %s', (registry) => {
  it('has one owner, whom everybody finds', async () => {
    const world = await quietWorld(registry);
    const first = claim(world.node('a'), 'leader');
    await world.pass(200);
    const owner = ownerOf(first);
    for (const node of world.living) expect(holder(node, 'leader')).toBe(place(owner));
    const second = claim(world.node('b'), 'leader');
    await world.pass(200);
    expect(second.outcome).toMatchObject({ code: 'already_started' });
    expect(place((second.outcome as { holder: Pid }).holder)).toBe(place(owner));
    expect(clusterNames()).toEqual(['leader']);
  });

  it('goes to one of those who ask at the same time', async () => {
    const world = await quietWorld(registry);
    const names = Array.from({ length: 60 }, (_, i) => `name ${i}`);
    // Without the third node, which decides for some of them.
    const claims = names.map((name, i) => NAMES.filter((_, n) => n !== i % 3).map((node) => claim(world.node(node), name)));
    await world.pass(3000);
    const winners = new Set<string>();
    for (const [i, both] of claims.entries()) {
      const owners = both.flatMap(({ outcome }) => (outcome !== undefined && 'owner' in outcome ? [outcome.owner] : []));
      expect(owners).toHaveLength(1);
      expect(both.filter(({ outcome }) => outcome !== undefined && 'code' in outcome && outcome.code === 'already_started')).toHaveLength(
        1,
      );
      for (const node of world.living) expect(holder(node, names[i] as string)).toBe(place(owners[0]));
      winners.add((owners[0] as ProcessId).node);
    }
    expect(winners.size).toBe(3);
  });

  it('is given also where messages within a thread are copied and it has to be asked for again', async () => {
    const world = new World(1, 20, registry);
    for (const { kernel } of world.living) kernel.codec = new Codec(kernel);
    // Nobody knows yet who is there.
    const claims = Array.from({ length: 20 }, (_, i) => claim(world.node('a'), `name ${i}`));
    await world.pass(9000);
    for (const each of claims) expect(ownerOf(each).proc.alive).toBe(true);
  });

  it('is free when its owner ends, and when its node does; the next owner has a later token', async () => {
    const world = await quietWorld(registry);
    const first = claim(world.node('a'), 'leader');
    await world.pass(200);
    const tokens = [tokenOf(world.node('b'), 'leader')];
    condemn(ownerOf(first).proc, 'killed');
    expect(holder(world.node('a'), 'leader')).toBeUndefined();
    await world.pass(200);
    const second = claim(world.node('c'), 'leader');
    await world.pass(200);
    expect(ownerOf(second).node).toBe('c');
    tokens.push(tokenOf(world.node('b'), 'leader'));
    world.node('c').kill();
    await world.pass(FREE_AFTER_MS[registry].kill);
    expect(holder(world.node('a'), 'leader')).toBeUndefined();
    const third = claim(world.node('b'), 'leader');
    await world.pass(200);
    expect(ownerOf(third).node).toBe('b');
    tokens.push(tokenOf(world.node('a'), 'leader'));
    const revisions = tokens.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].sort((x, y) => x - y));
  });

  it('is not given away by a node that has just come and has not heard of its owner', async () => {
    const world = await quietWorld(registry);
    world.node('c').kill();
    await world.pass(3000);
    const names = Array.from({ length: 20 }, (_, i) => `name ${i}`);
    const firsts = names.map((name) => claim(world.node('a'), name));
    await world.pass(200);
    const c = world.start('c');
    const seconds = names.map((name) => claim(c, name));
    await world.pass(5000);
    for (const [i, second] of seconds.entries()) {
      expect(second.outcome).toMatchObject({ code: 'already_started' });
      expect(holder(c, names[i] as string)).toBe(place(ownerOf(firsts[i] as { outcome: Outcome })));
    }
  });

  describe('of a Singleton', () => {
    /** On every node. What started and ended, as it happens. */
    function started(world: World): string[] {
      happened.length = 0;
      for (const node of world.living) {
        installKernel(node.kernel);
        void Singleton.start(singleton({ name: 'leader', child: { start: Leader, args: { on: node.name } } }));
      }
      return happened;
    }

    const active = (world: World) => world.living.map((node) => holder(node, 'leader')?.slice(0, 1));

    it('runs on one node, and moves when that is killed', async () => {
      const world = await quietWorld(registry);
      const log = started(world);
      await world.pass(500);
      const [first] = log as ['a'];
      expect(log).toEqual([first]);
      expect(active(world)).toEqual([first, first, first]);
      world.node(first).kill();
      await world.pass(FREE_AFTER_MS[registry].kill);
      expect(log).toHaveLength(2);
      expect(log[1]).not.toBe(first);
      expect(active(world)).toEqual([log[1], log[1]]);
    });

    it('moves when it is stopped, after it has ended in order', async () => {
      const world = await quietWorld(registry);
      const log = started(world);
      await world.pass(500);
      const [first] = log as ['a'];
      const { kernel } = world.node(first);
      installKernel(kernel);
      const owner = kernel.whereis(clusterName('leader')) as ProcessId;
      const keeper = [...kernel.processes()].find((proc) => proc.behaviour.name === 'Singleton') as Proc;
      GenServer.stop(keeper.pid, 'shutdown').catch(() => {});
      await world.pass(500);
      expect(owner.proc.alive).toBe(false);
      expect(log.slice(0, 2)).toEqual([first, 'ended in order']);
      expect(log).toHaveLength(3);
      expect(log[2]).not.toBe(first);
    });

    it('runs once again after a partition, and whoever lost waits', async () => {
      const world = await quietWorld(registry);
      const log = started(world);
      await world.pass(500);
      const [first] = log as ['a'];
      world.partition([first]);
      await world.pass(FREE_AFTER_MS[registry].cutOff);
      const [, second] = log as string[];
      expect(log).toEqual([first, second]);
      world.heal();
      await world.pass(3000);
      expect(active(world)).toEqual([second, second, second]);
      world.node(second as 'a').kill();
      await world.pass(FREE_AFTER_MS[registry].kill);
      expect(log).toHaveLength(3);
    });
  });
});

describe('a cluster name that the nodes decide about themselves', () => {
  it('may have two owners while nodes do not reach each other; the later one stays', async () => {
    const world = await quietWorld('gossip');
    const first = claim(world.node('c'), 'leader');
    await world.pass(200);
    world.partition(['c']);
    await world.pass(8000);
    const second = claim(world.node('a'), 'leader');
    await world.pass(200);
    const [loser, winner] = [ownerOf(first), ownerOf(second)];
    expect([loser.proc.alive, winner.proc.alive]).toEqual([true, true]);
    const ends: unknown[] = [];
    installKernel(world.node('c').kernel);
    world.node('c').watch(loser, (reason) => ends.push(reason));
    world.heal();
    await world.pass(3000);
    expect([loser.proc.alive, winner.proc.alive]).toEqual([false, true]);
    expect(ends).toEqual([{ name_conflict: 'leader', winner: expect.any(ProcessId) }]);
    for (const node of world.living) expect(holder(node, 'leader')).toBe(place(winner));
  });

  it('is refused, not given away, while nodes do not agree on who is there', async () => {
    const world = await quietWorld('gossip');
    // Nobody is heard, and not long enough for anybody to be down: the arbiter of some of these is cut off.
    world.node('b').transport.cut();
    world.node('c').transport.cut();
    const claims = Array.from({ length: 20 }, (_, i) => claim(world.node('a'), `name ${i}`));
    await world.pass(400);
    const decided = claims.filter(({ outcome }) => outcome !== undefined);
    expect(decided.length).toBeLessThan(20);
    world.heal();
    await world.pass(4000);
    for (const each of claims) expect(ownerOf(each).proc.alive).toBe(true);
  });

  const node = fc.constantFrom(...NAMES);
  const name = fc.constantFrom('x', 'y', 'z');
  const happening = fc.oneof(
    { weight: 10, arbitrary: fc.record({ what: fc.constant('claim' as const), node, name }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('end' as const), node, name }) },
    ...faults,
  );

  it(
    'has one owner some time after the last fault, and never two on nodes that have not been apart',
    () =>
      check(150, fc.tuple(fc.integer(), fc.array(happening, { maxLength: 40 })), async ([seed, happenings]) => {
        const world = new World(seed);
        const claims: { node: SimulatedNode; name: string; outcome: Outcome | undefined }[] = [];
        const owners = (name: string) =>
          claims.flatMap(({ node, name: its, outcome }) =>
            its === name && node.alive && outcome !== undefined && 'owner' in outcome && outcome.owner.proc.alive ? [outcome.owner] : [],
          );
        // Only nodes that have given each other up may both give a name away, and not because of those that start and die.
        const haveBeenApart = () =>
          world.living.some(({ events }) =>
            events.some(
              (event) =>
                event.type === 'nodedown' &&
                world.living.some(({ name, incarnation }) => name === event.node && incarnation === event.incarnation),
            ),
          );
        let together = true;
        await world.pass(3000);
        for (const it of happenings) {
          if (it.what === 'claim') {
            const node = world.node(it.node);
            if (node.alive && !node.frozen) claims.push(Object.assign(claim(node, it.name), { node, name: it.name }));
          } else if (it.what === 'end') {
            for (const owner of owners(it.name)) if (owner.node === it.node) condemn(owner.proc, 'killed');
          } else await world.suffer(it);
          together &&= !haveBeenApart();
          if (together) for (const name of ['x', 'y', 'z']) expect(owners(name).length).toBeLessThanOrEqual(1);
        }
        world.heal();
        await world.pass(20_000);
        for (const name of ['x', 'y', 'z']) {
          const [owner, ...more] = owners(name);
          expect(more).toEqual([]);
          for (const node of world.living) expect(holder(node, name)).toBe(place(owner));
        }
        // Everybody gets an answer, and what is free can be had.
        for (const { node, outcome } of claims) if (node.alive) expect(outcome).toBeDefined();
        const [any] = world.living;
        if (any === undefined) return;
        const last = claim(any, 'free');
        await world.pass(1000);
        expect(ownerOf(last).proc.alive).toBe(true);
      }),
    PROPERTY_TIMEOUT_MS,
  );
});

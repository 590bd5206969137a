import { installKernel, ops, type Signal } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { check, PROPERTY_TIMEOUT_MS } from './support/property.js';
import { faults, NAMES, World } from './support/simulated-world.js';
import type { Event, SimulatedNode } from './support/simulation.js';

// Whole nodes on a broker in memory and a clock that is moved by hand: the code is that of production, the faults are thorough.

const isMessage = (event: Event): event is Event & { type: 'message' } => event.type === 'message';

/** Numbers of one sender as they came, cut where its node went down for the receiver. */
function segments(receiver: SimulatedNode, sender: SimulatedNode): number[][] {
  const key = `${sender.name}/${sender.incarnation}`;
  const cut: number[][] = [[]];
  for (const event of receiver.events) {
    if (isMessage(event) && event.from === key) cut.at(-1)?.push(event.seq);
    if (event.type === 'nodedown' && event.node === sender.name && event.incarnation === sender.incarnation) cut.push([]);
  }
  return cut;
}

/** What must hold at every moment. */
function checkHistory(node: SimulatedNode, runs: readonly SimulatedNode[]): void {
  const up = new Map<string, boolean>();
  for (const event of node.events) {
    if (event.type === 'nodeup' || event.type === 'nodedown') {
      const key = `${event.node}/${event.incarnation}`;
      expect(up.get(key) ?? false).toBe(event.type === 'nodedown');
      up.set(key, event.type === 'nodeup');
    } else if (isMessage(event)) expect(up.get(event.from)).toBe(true);
  }
  for (const sender of runs) {
    if (sender === node) continue;
    for (const segment of segments(node, sender)) {
      const [first = 0] = segment;
      expect(segment).toEqual(Array.from(segment, (_, i) => first + i));
    }
    const all = segments(node, sender).flat();
    expect(all).toEqual([...new Set(all)].sort((x, y) => x - y));
  }
  for (const { ref } of node.monitors)
    expect(node.events.filter((event) => event.type === 'DOWN' && event.ref === ref).length).toBeLessThanOrEqual(1);
}

afterEach(() => installKernel(null));

describe('a cluster', () => {
  const name = fc.constantFrom(...NAMES);
  const happening = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ what: fc.constant('send' as const), from: name, to: name, count: fc.integer({ min: 1, max: 50 }) }),
    },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('monitor' as const), from: name, to: name }) },
    ...faults,
  );

  it(
    'loses nothing without saying so, doubles and reorders nothing, and comes together again',
    () =>
      check(150, fc.tuple(fc.integer(), fc.array(happening, { maxLength: 30 })), async ([seed, happenings]) => {
        const world = new World(seed);
        await world.pass(2000);
        for (const it of happenings) {
          if (it.what === 'send' || it.what === 'monitor') {
            const [from, to] = [world.node(it.from), world.node(it.to)];
            if (from === to || !from.alive || from.frozen) continue;
            if (it.what === 'send') from.send(to, it.count);
            else from.monitor(to);
          } else await world.suffer(it);
        }
        world.heal();
        await world.pass(20_000);
        const { living } = world;
        for (const node of living) {
          expect(node.sees).toEqual(
            living
              .filter((other) => other !== node)
              .map((other) => `${other.name}/${other.incarnation}`)
              .sort(),
          );
        }
        // All pairs talk, both ways.
        for (const from of living) for (const to of living) if (from !== to) from.send(to, 3);
        await world.pass(2000);
        for (const to of living) {
          for (const from of living) {
            if (from !== to) expect(segments(to, from).flat().slice(-3)).toEqual([3, 2, 1].map((n) => from.sent(to) - n));
          }
        }
        for (const node of world.runs) checkHistory(node, world.runs);
        // Each monitor of a process that is gone has fired once; each other one once if its node was down, or not yet.
        for (const node of living) {
          for (const { ref, target } of node.monitors) {
            const fired = node.events.filter((event) => event.type === 'DOWN' && event.ref === ref);
            if (!target.alive) expect(fired).toHaveLength(1);
            for (const event of fired) expect(event).toMatchObject({ reason: 'noconnection' });
          }
        }
      }),
    PROPERTY_TIMEOUT_MS,
  );

  async function quietWorld(): Promise<World> {
    const world = new World(1);
    await world.pass(1500);
    for (const node of world.living) expect(node.sees).toHaveLength(2);
    return world;
  }

  const downs = (node: SimulatedNode) =>
    node.events.filter((event) => event.type === 'nodedown').map((event) => ('reason' in event ? event.reason : undefined));

  it('gives up a node that is killed after 1 s to 2.5 s', async () => {
    const world = await quietWorld();
    world.node('c').kill();
    await world.pass(1000);
    expect(downs(world.node('a'))).toEqual([]);
    await world.pass(1500);
    expect(downs(world.node('a'))).toEqual(['unreachable']);
    expect(downs(world.node('b'))).toEqual(['unreachable']);
  });

  /** As NATS says it in accounts that are told. */
  const says = (world: World, connection: string): void => {
    const nats = world.broker.transport('nats');
    nats.start(() => {});
    nats.restore();
    nats.publish('$SYS.ACCOUNT.APP.DISCONNECT', Buffer.from(JSON.stringify({ client: { acc: 'APP', name: connection } })));
  };

  it('gives up a node that is killed after 1 s, where NATS says that its connection has ended', async () => {
    const world = await quietWorld();
    const node = world.node('c');
    node.kill();
    says(world, `sim/c/${node.incarnation}`);
    await world.pass(900);
    expect(downs(world.node('a'))).toEqual([]);
    await world.pass(500);
    expect(downs(world.node('a'))).toEqual(['unreachable']);
    expect(downs(world.node('b'))).toEqual(['unreachable']);
  });

  it('gives up nobody because of what is said of connections', async () => {
    const world = await quietWorld();
    for (let i = 0; i < 50; i++) {
      for (const { name, incarnation } of world.living) says(world, `sim/${name}/${incarnation}`);
      for (const strange of ['sim/c/0', 'other/a/1', '', '/']) says(world, strange);
      await world.pass(40);
    }
    await world.pass(3000);
    for (const node of world.living) expect(downs(node)).toEqual([]);
  });

  it('does not give up a node that was away for less than 5 s, and then had time to speak', async () => {
    const world = await quietWorld();
    const node = world.node('c');
    node.freeze();
    await world.pass(4500);
    node.thaw();
    await world.pass(2000);
    for (const each of world.living) expect(downs(each)).toEqual([]);
  });

  it('counts nobody guilty of silence in which it was cut off itself', async () => {
    const world = await quietWorld();
    world.node('a').transport.cut();
    await world.pass(1000);
    for (const name of ['b', 'c'] as const) world.node(name).transport.cut();
    await world.pass(3300);
    world.node('a').transport.restore();
    // More than 5 s after a has heard of them, less than 1 s after it could.
    await world.pass(900);
    for (const name of ['b', 'c'] as const) world.node(name).transport.restore();
    await world.pass(3000);
    for (const node of world.living) expect(downs(node)).toEqual([]);
  });

  it('lets both sides of a partition give each other up, and no third one', async () => {
    const world = await quietWorld();
    world.broker.partition(['c']);
    await world.pass(6000);
    expect(downs(world.node('a'))).toEqual(['silent']);
    expect(downs(world.node('b'))).toEqual(['silent']);
    expect(downs(world.node('c'))).toEqual(['silent', 'silent']);
    world.heal();
    await world.pass(2000);
    for (const node of world.living) expect(node.sees).toHaveLength(2);
  });

  it('knows a new run at once, without waiting for the silence of the old one', async () => {
    const world = await quietWorld();
    const old = world.node('c');
    world.node('a').monitor(old);
    await world.pass(100);
    world.start('c');
    await world.pass(300);
    expect(downs(world.node('a'))).toEqual(['restarted']);
    expect(world.node('a').events.filter((event) => event.type === 'DOWN')).toHaveLength(1);
    expect(world.node('a').sees).toContain(`c/${world.node('c').incarnation}`);
  });

  it('keeps nothing of earlier runs, and what is sent to them or watched there is gone', async () => {
    const world = await quietWorld();
    const a = world.node('a');
    const places = () => [...a.kernel.addresses()].filter(({ node }) => node === 'c');
    const first = world.node('c');
    const kept = a.kernel.pid(a.kernel.address('c', first.incarnation, 0), first.observer.serial);
    for (let i = 0; i < 10; i++) {
      a.monitor(world.node('c'));
      a.send(world.node('c'), 1);
      await world.pass(100);
      world.start('c');
      await world.pass(1500);
    }
    expect(places().map(({ incarnation }) => incarnation)).toEqual([world.node('c').incarnation]);
    expect(a.events.filter((event) => event.type === 'DOWN')).toHaveLength(10);
    installKernel(a.kernel);
    kept.send('too late');
    // As a third node may still name it.
    a.monitor(first);
    await world.pass(100);
    expect(a.events.filter((event) => event.type === 'DOWN').at(-1)).toMatchObject({ reason: 'noconnection' });
    expect(world.node('c').events).not.toContain('too late');
  });

  it('counts what is no signal or may not come from another node, and takes none of it', async () => {
    const world = await quietWorld();
    const [a, b] = [world.node('a'), world.node('b')];
    const there = a.kernel.address(b.name, b.incarnation, 0);
    const { serial } = b.observer;
    const [own, foreign] = [a.kernel.nobody, a.kernel.pid(a.kernel.address('c', 1, 0), 1)];
    const wrong: unknown[] = [
      [],
      ['0', serial, 'a message'],
      [99, serial],
      [-1],
      ['__proto__', 1],
      [ops.MESSAGE, String(serial), 'a message'],
      [ops.MESSAGE, serial, 'a message', 'and more'],
      [ops.MESSAGE_NAME, '', 'a message'],
      [ops.EXIT, serial, foreign, 'kill'],
      [ops.EXIT, serial, null, 'kill'],
      [ops.LINK, serial, foreign],
      [ops.DOWN, 1, foreign, 'noproc'],
      [ops.CALL, serial, own, 1, 'name', 'no list'],
      [ops.SPAWN, 1, null, 'SomeClass', {}, null],
      [ops.START_KILL, 1],
    ];
    for (const signal of wrong) a.kernel.carrier?.send(there, signal as Signal);
    await world.pass(100);
    expect(b.cluster.stats().badFrames).toBe(wrong.length);
    a.kernel.carrier?.send(there, [ops.MESSAGE, serial, 'taken']);
    await world.pass(100);
    expect(b.events.filter((event) => event.type !== 'nodeup')).toEqual(['taken']);
    expect(b.cluster.stats().badFrames).toBe(wrong.length);
  });

  it('has a node that leaves say so, after everything it has to say', async () => {
    const world = await quietWorld();
    world.node('c').send(world.node('a'), 100);
    const leaving = world.node('c').cluster.leave();
    await world.pass(1000);
    await leaving;
    expect(segments(world.node('a'), world.node('c'))).toEqual([Array.from({ length: 100 }, (_, i) => i), []]);
    expect(downs(world.node('a'))).toEqual(['left']);
    await world.pass(60_000);
    expect(downs(world.node('a'))).toEqual(['left']);
    expect(world.node('a').sees).toEqual([expect.stringMatching(/^b/)]);
  });
});

import { clusterName, GenServer, StartError } from '@rekindle/kernel';
import { installKernel, type ProcessId } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { check, PROPERTY_TIMEOUT_MS } from './support/property.js';
import { randomNumbers } from './support/random.js';
import { World } from './support/simulated-world.js';
import type { SimulatedNode } from './support/simulation.js';

// Who decides on a name changes when a node comes. Two could decide while somebody waits for an answer and the nodes see different
// ones, though none is ever given up. A failure prints the seed of all that happens.

afterEach(() => installKernel(null));

class Owner extends GenServer {}

const NAMES = 150;
const CLAIMS = 350;
const COMES_MS = 1000;

/** Nodes of these names ask for names, more than one for most; answers the owners of each name. */
async function claims(world: World, random: (limit: number) => number, who: readonly ('a' | 'b' | 'c')[], events: Event[]) {
  const owners = new Map<string, ProcessId[]>();
  const claim = (node: SimulatedNode, name: string): void => {
    installKernel(node.kernel);
    Owner.start(undefined, { name: clusterName(name) }).then(
      (owner) => owners.set(name, [...(owners.get(name) ?? []), owner as unknown as ProcessId]),
      (error: unknown) => expect(error).toBeInstanceOf(StartError),
    );
  };
  const moments = events.map(([at]) => at);
  for (let i = 0; i < CLAIMS; i++) {
    const at = (moments[random(moments.length)] as number) - 200 + random(600);
    const node = who[random(who.length)] as 'a';
    const name = `name ${random(NAMES)}`;
    events.push([at, () => world.node(node).alive && claim(world.node(node), name)]);
  }
  let now = 0;
  for (const [at, what] of events.sort(([x], [y]) => x - y)) {
    await world.pass(at - now);
    now = at;
    what();
  }
  await world.pass(12_000);
  for (const node of world.living) expect(node.events.filter((event) => event.type === 'nodedown' && event.node !== 'c')).toEqual([]);
  return owners;
}

type Event = [at: number, what: () => unknown];

function haveOneOwnerEach(owners: Map<string, ProcessId[]>): void {
  for (const [name, all] of owners) expect([name, all.map(({ proc }) => proc.alive)]).toEqual([name, [true]]);
  expect(owners.size).toBeGreaterThan(50);
}

/** Two nodes that have settled; a third one has been there. */
async function twoNodes(seed: number, delayMs: number): Promise<World> {
  const world = new World(seed, delayMs);
  world.node('c').kill();
  await world.pass(10_000);
  return world;
}

const seeds = fc.tuple(fc.integer(), fc.constantFrom(20, 150));
/** Fewer than one in ten do. */
const NOTICED_AN_ARBITER_THAT_IS_NOT_READY: [number, number][] = [
  [2132381142, 150],
  [-1591738353, 150],
];

it(
  'a name has one owner while a node comes',
  () =>
    check(15, seeds, async ([seed, delayMs]) => {
      const world = await twoNodes(seed, delayMs);
      const comes: Event[] = [[COMES_MS, () => world.start('c')]];
      haveOneOwnerEach(await claims(world, randomNumbers(seed), ['a', 'b', 'c'], comes));
    }),
  PROPERTY_TIMEOUT_MS,
);

it(
  'a name has one owner while a node comes and the arbiter of some stands still, not for so long that it is down',
  () =>
    check(
      50,
      seeds,
      async ([seed, delayMs]) => {
        const world = await twoNodes(seed, delayMs);
        const random = randomNumbers(seed);
        const isBack = COMES_MS + 1900 + random(1500);
        const events: Event[] = [
          [COMES_MS - 10, () => world.node('b').freeze()],
          [COMES_MS, () => world.start('c')],
          [isBack, () => world.node('b').thaw()],
        ];
        // What stands still does not reach the one that comes, so both could have an owner: it only decides for others.
        haveOneOwnerEach(await claims(world, random, ['a', 'c'], events));
      },
      NOTICED_AN_ARBITER_THAT_IS_NOT_READY,
    ),
  PROPERTY_TIMEOUT_MS,
);

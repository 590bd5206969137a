import { epochRecord } from '@rekindle/cluster/internal';
import type { FencingToken } from '@rekindle/kernel';
import { condemn, installKernel, type ProcessId } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { LEASE_MS } from './support/memory-names.js';
import { claim, holder, type Outcome, ownerOf, place, tokenOf } from './support/names.js';
import { check, PROPERTY_TIMEOUT_MS } from './support/property.js';
import { faults, NAMES, World } from './support/simulated-world.js';
import type { SimulatedNode } from './support/simulation.js';

// What is particular to names that are written down in a store: whole nodes and a store on virtual time.

afterEach(() => installKernel(null));

/** A node ends its owners itself after four fifths of its lease. */
const OWNER_MS = (LEASE_MS * 4) / 5;

async function quietWorld(): Promise<World> {
  const world = new World(1, 20, 'kv');
  await world.pass(5000);
  return world;
}

async function owned(world: World, on: 'a' | 'b' | 'c', name: string): Promise<ProcessId> {
  const claimed = claim(world.node(on), name);
  await world.pass(1000);
  return ownerOf(claimed);
}

/** Why it ends, once it has. */
function endOf(node: SimulatedNode, pid: ProcessId): unknown[] {
  const ends: unknown[] = [];
  installKernel(node.kernel);
  node.watch(pid, (reason) => ends.push(reason));
  return ends;
}

describe('a node that does not reach the store', () => {
  it('ends its owners before others may have their names', async () => {
    const world = await quietWorld();
    const first = await owned(world, 'c', 'leader');
    const ends = endOf(world.node('c'), first);
    world.partition(['c']);
    await world.pass(OWNER_MS - LEASE_MS / 5 - 200);
    expect(first.proc.alive).toBe(true);
    await world.pass(LEASE_MS / 5 + 400);
    expect(ends).toEqual([{ lease_lost: 'leader' }]);
    // Nobody else has it yet, and whoever asks waits.
    const second = claim(world.node('a'), 'leader');
    await world.pass(200);
    expect(second.outcome).toBeUndefined();
    await world.pass(LEASE_MS / 2);
    expect(ownerOf(second).node).toBe('a');
  });

  it('gives no names away, and says so after a while', async () => {
    const world = await quietWorld();
    world.partition(['c']);
    const claims = [claim(world.node('c'), 'one'), claim(world.node('a'), 'two')];
    await world.pass(11_000);
    expect(claims[0]?.outcome).toMatchObject({ code: 'init_failed', reason: { name_unavailable: 'one' } });
    expect(ownerOf(claims[1] as { outcome: Outcome }).node).toBe('a');
  });

  it('keeps its names through an outage that is shorter than the lease', async () => {
    const world = await quietWorld();
    const owner = await owned(world, 'a', 'leader');
    const names = world.names as NonNullable<World['names']>;
    names.stopped = true;
    await world.pass(LEASE_MS / 2);
    names.stopped = false;
    await world.pass(LEASE_MS * 2);
    expect(owner.proc.alive).toBe(true);
    for (const node of world.living) expect(holder(node, 'leader')).toBe(place(owner));
  });
});

describe("a node that keeps its names, onLeaseLoss: 'keep'", () => {
  async function keepingWorld(): Promise<World> {
    const world = await quietWorld();
    (world.names as NonNullable<World['names']>).onLeaseLoss = 'keep';
    world.start('c');
    await world.pass(5000);
    return world;
  }

  it('has them when the store comes back, if nobody has taken them', async () => {
    const world = await keepingWorld();
    const owner = await owned(world, 'c', 'leader');
    const names = world.names as NonNullable<World['names']>;
    names.stopped = true;
    await world.pass(2 * LEASE_MS);
    expect(owner.proc.alive).toBe(true);
    names.stopped = false;
    await world.pass(LEASE_MS);
    for (const node of world.living) expect(holder(node, 'leader')).toBe(place(owner));
    const second = claim(world.node('a'), 'leader');
    await world.pass(200);
    expect(second.outcome).toMatchObject({ code: 'already_started' });
  });

  it('gives them up to a later owner when they meet', async () => {
    const world = await keepingWorld();
    const first = await owned(world, 'c', 'leader');
    const ends = endOf(world.node('c'), first);
    world.partition(['c']);
    await world.pass(LEASE_MS + 5000);
    const second = await owned(world, 'a', 'leader');
    expect(first.proc.alive).toBe(true);
    world.heal();
    await world.pass(LEASE_MS);
    expect(ends).toHaveLength(1);
    for (const node of world.living) expect(holder(node, 'leader')).toBe(place(second));
  });
});

describe('a node that stood still for longer than its lease', () => {
  it('ends its owners when it goes on, whatever it hears first', async () => {
    const world = await quietWorld();
    const first = await owned(world, 'c', 'leader');
    const ends = endOf(world.node('c'), first);
    world.node('c').freeze();
    await world.pass(LEASE_MS + 5000);
    const second = await owned(world, 'a', 'leader');
    const later = tokenOf(world.node('a'), 'leader');
    world.node('c').thaw();
    await world.pass(100);
    expect(ends).toHaveLength(1);
    await world.pass(5000);
    for (const node of world.living) {
      expect(holder(node, 'leader')).toBe(place(second));
      expect(tokenOf(node, 'leader')).toEqual(later);
    }
  });
});

describe('a name', () => {
  it('is free at once when the next run of its node has come', async () => {
    const world = await quietWorld();
    await owned(world, 'c', 'leader');
    world.start('c');
    await world.pass(2000);
    expect((await owned(world, 'a', 'leader')).node).toBe('a');
  });

  it('is free at once when its node has left', async () => {
    const world = await quietWorld();
    await owned(world, 'c', 'leader');
    void world.node('c').cluster.leave();
    await world.pass(2000);
    expect((await owned(world, 'a', 'leader')).node).toBe('a');
  });

  it('that a node has forgotten to take out is taken out when somebody asks for it', async () => {
    const world = await quietWorld();
    const names = world.names as NonNullable<World['names']>;
    const owner = await owned(world, 'c', 'leader');
    const [key, entry] = [...names.entries].find(([key]) => key.startsWith('name.')) as [string, NonNullable<unknown>];
    condemn(owner.proc, 'killed');
    await world.pass(1000);
    expect(names.entries.has(key)).toBe(false);
    // A write that was late: nobody knows of it.
    names.entries.set(key, entry as never);
    expect((await owned(world, 'a', 'leader')).node).toBe('a');
  });
});

describe('a store that has lost everything', () => {
  it('is told again by the owners, who stay, with later tokens', async () => {
    const world = await quietWorld();
    const claims = Array.from({ length: 30 }, (_, i) => claim(world.node(NAMES[i % 3] as 'a'), `name ${i}`));
    await world.pass(1000);
    const owners = claims.map(ownerOf);
    const tokens = owners.map((_, i) => tokenOf(world.node('a'), `name ${i}`));
    world.names?.wipe();
    // Somebody wants their names before they have noticed.
    const others = Array.from({ length: 30 }, (_, i) => claim(world.node(NAMES[(i + 1) % 3] as 'a'), `name ${i}`));
    await world.pass(LEASE_MS);
    for (const [i, owner] of owners.entries()) {
      expect(owner.proc.alive).toBe(true);
      const [before, now] = [tokens[i] as FencingToken, tokenOf(world.node('b'), `name ${i}`)];
      expect(now.epoch).toBeGreaterThan(before.epoch);
      expect(holder(world.node('b'), `name ${i}`)).toBe(place(owner));
      expect(others[i]?.outcome).toMatchObject({ code: 'already_started' });
    }
    expect([...(world.names?.entries.keys() ?? [])].filter((key) => key.startsWith('name.'))).toHaveLength(30);
  });
});

describe('a store that is lost while a name is asked for', () => {
  it('gives no token of the time before', async () => {
    const world = await quietWorld();
    const names = world.names as NonNullable<World['names']>;
    // Some nodes notice it earlier than others, depending on when they renew their leases.
    for (let after = 0; after < 2500; after += 250) {
      names.wipe();
      await world.pass(after);
      const claims = NAMES.map((node) => claim(world.node(node), `name ${after} ${node}`));
      await world.pass(LEASE_MS);
      const { counter } = epochRecord(names.entries.get('epoch')?.value ?? null) as { counter: number };
      for (const [i, node] of NAMES.entries()) {
        expect(ownerOf(claims[i] as { outcome: Outcome }).proc.alive).toBe(true);
        expect(tokenOf(world.node(node), `name ${after} ${node}`).epoch).toBe(counter);
      }
    }
  });
});

describe('names in a store', () => {
  const node = fc.constantFrom(...NAMES);
  const name = fc.constantFrom('x', 'y', 'z');
  const happening = fc.oneof(
    { weight: 10, arbitrary: fc.record({ what: fc.constant('claim' as const), node, name }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('end' as const), node, name }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('outage' as const), ends: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.constantFrom(OWNER_MS, LEASE_MS + 1000) }) },
    ...faults,
  );
  /** What single happenings rarely add up to: somebody else wants the name of a node that is in trouble, for long enough. */
  const takeover = fc
    .record({
      name,
      owner: node,
      fault: fc.constantFrom('cut' as const, 'partition' as const, 'freeze' as const, 'kill' as const),
      ms: fc.constantFrom(OWNER_MS, LEASE_MS, LEASE_MS + 2000, 2 * LEASE_MS),
      other: node,
    })
    .map(({ name, owner, fault, ms, other }) => [
      { what: 'claim' as const, node: owner, name },
      { what: 'pass' as const, ms: 1000 },
      { what: fault, node: owner },
      { what: 'pass' as const, ms },
      { what: 'claim' as const, node: other, name },
      { what: 'pass' as const, ms: 3000 },
    ]);
  const happenings = fc
    .array(fc.oneof({ weight: 3, arbitrary: happening.map((one) => [one]) }, { weight: 1, arbitrary: takeover }), {
      maxLength: 20,
      size: 'max',
    })
    .map((parts) => parts.flat());

  it(
    'have never two owners that run, whoever reaches whom, and each owner has a later token',
    () =>
      check(25, fc.tuple(fc.integer(), happenings), async ([seed, happenings]) => {
        const world = new World(seed, 20, 'kv');
        const claims: { node: SimulatedNode; name: string; outcome: Outcome | undefined; token?: FencingToken }[] = [];
        const last = new Map<string, FencingToken>();
        const owners = (name: string) =>
          claims.flatMap(({ node, name: its, outcome }) =>
            its === name && node.alive && !node.frozen && outcome !== undefined && 'owner' in outcome && outcome.owner.proc.alive
              ? [outcome.owner]
              : [],
          );
        const look = () => {
          for (const name of ['x', 'y', 'z']) expect(owners(name).length).toBeLessThanOrEqual(1);
          for (const claimed of claims) {
            const { node, name, outcome } = claimed;
            if (claimed.token !== undefined || outcome === undefined || !('owner' in outcome) || !outcome.owner.proc.alive) continue;
            const token = tokenOf(node, name);
            const before = last.get(name);
            claimed.token = token;
            if (before !== undefined) expect(token.epoch - before.epoch || token.revision - before.revision).toBeGreaterThan(0);
            last.set(name, token);
          }
        };
        /** In steps that are too short for a name to have two owners in between. */
        const pass = async (ms: number): Promise<void> => {
          for (let left = ms; left > 0; left -= 100) {
            await world.pass(Math.min(100, left));
            look();
          }
        };
        await world.pass(5000);
        for (const it of happenings) {
          if (it.what === 'claim') {
            const node = world.node(it.node);
            if (node.alive && !node.frozen) claims.push(Object.assign(claim(node, it.name), { node, name: it.name }));
          } else if (it.what === 'end') {
            for (const owner of owners(it.name)) if (owner.node === it.node) condemn(owner.proc, 'killed');
          } else if (it.what === 'outage') (world.names as NonNullable<World['names']>).stopped = !it.ends;
          else if (it.what === 'pass') await pass(it.ms);
          else await world.suffer(it);
          // Who has stood still notices when it goes on.
          await world.pass(1);
          look();
        }
        (world.names as NonNullable<World['names']>).stopped = false;
        world.heal();
        await pass(LEASE_MS + 12_000);
        for (const name of ['x', 'y', 'z']) {
          const [owner] = owners(name);
          for (const node of world.living) expect(holder(node, name)).toBe(place(owner));
        }
        for (const { node, outcome } of claims) if (node.alive) expect(outcome).toBeDefined();
        const [any] = world.living;
        if (any === undefined) return;
        for (const name of ['x', 'y', 'z', 'free']) {
          if (owners(name).length > 0) continue;
          const free = claim(any, name);
          await pass(2000);
          if (free.outcome !== undefined && 'owner' in free.outcome) continue;
          // Of a node that was gone before this one came: nobody can say for how long, so its whole lease is waited for.
          await pass(LEASE_MS);
          const again = claim(any, name);
          await pass(2000);
          expect(ownerOf(again).proc.alive).toBe(true);
        }
      }),
    PROPERTY_TIMEOUT_MS,
  );
});

import { exit, isAlive, type Pid, Registry, Scope } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { check } from '../support/property.js';
import { World } from '../support/world.js';

const KEYS = ['a', 'b', 'c'];
const key = fc.constantFrom(...KEYS);
const who = fc.nat({ max: 3 });

/** Runs `play` with a kernel of its own and four processes; `replace` ends one and puts another in its place. */
async function withProcesses(play: (pids: Pid[], replace: (at: number) => void) => void): Promise<void> {
  const world = new World();
  await world.open();
  const pids: Pid[] = [0, 1, 2, 3].map(() => new Probe().pid);
  try {
    play(pids, (at) => {
      exit(pids[at] as Pid, 'kill');
      pids[at] = new Probe().pid;
    });
    await world.quiet();
  } finally {
    world.close();
  }
}

type RegistryOp =
  | { readonly op: 'register'; readonly who: number; readonly key: string; readonly value: number }
  | { readonly op: 'unregister'; readonly who: number; readonly key: string }
  | { readonly op: 'unregisterMatch'; readonly who: number; readonly key: string; readonly value: number }
  | { readonly op: 'update'; readonly who: number; readonly key: string }
  | { readonly op: 'end'; readonly who: number };

const value = fc.nat({ max: 2 });
const registryOp: fc.Arbitrary<RegistryOp> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('register'), who, key, value }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('unregister'), who, key }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('unregisterMatch'), who, key, value }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('update'), who, key }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('end'), who }) },
);

interface Entry {
  readonly key: string;
  readonly pid: Pid;
  value: number;
}

/** A list of entries, oldest first. */
class RegistryModel {
  entries: Entry[] = [];
  readonly #unique: boolean;
  constructor(unique: boolean) {
    this.#unique = unique;
  }
  register(key: string, value: number, pid: Pid): Pid | undefined {
    const holder = this.#unique ? this.entries.find((entry) => entry.key === key)?.pid : undefined;
    if (holder === undefined) this.entries.push({ key, pid, value });
    return holder;
  }
  remove(gone: (entry: Entry) => boolean): void {
    this.entries = this.entries.filter((entry) => !gone(entry));
  }
  lookup(key: string): { pid: Pid; value: number }[] {
    return this.entries.filter((entry) => entry.key === key).map(({ pid, value }) => ({ pid, value }));
  }
}

describe.each(['unique', 'duplicate'] as const)('a registry with %s keys', (keys) => {
  it('holds what a list would hold', async () => {
    await check(200, fc.array(registryOp, { maxLength: 40 }), (ops) =>
      withProcesses((pids, replace) => {
        const registry = new Registry<string, number>({ keys });
        const model = new RegistryModel(keys === 'unique');
        for (const op of ops) {
          const pid = pids[op.who] as Pid;
          if (op.op === 'register') {
            expect(registry.register(op.key, op.value, pid)).toBe(model.register(op.key, op.value, pid));
          } else if (op.op === 'unregister') {
            registry.unregister(op.key, pid);
            model.remove((entry) => entry.key === op.key && entry.pid === pid);
          } else if (op.op === 'unregisterMatch') {
            registry.unregisterMatch(op.key, op.value, pid);
            model.remove((entry) => entry.key === op.key && entry.pid === pid && entry.value === op.value);
          } else if (op.op === 'end') {
            replace(op.who);
            model.remove((entry) => entry.pid === pid);
          } else if (keys === 'unique') {
            const entry = model.entries.find((each) => each.key === op.key && each.pid === pid);
            const changed = registry.updateValue(op.key, (n) => n + 10, pid);
            expect(changed).toEqual(entry === undefined ? undefined : { old: entry.value, new: entry.value + 10 });
            if (entry !== undefined) entry.value += 10;
          }
          for (const key of KEYS) expect(registry.lookup(key)).toEqual(model.lookup(key));
          for (const pid of pids) {
            expect(registry.keys(pid).sort()).toEqual(
              model.entries
                .filter((entry) => entry.pid === pid)
                .map((entry) => entry.key)
                .sort(),
            );
          }
          expect(registry.count).toBe(model.entries.length);
        }
        for (let at = 0; at < pids.length; at++) replace(at);
        expect(registry.count).toBe(0);
      }),
    );
  });
});

type GroupOp =
  | { readonly op: 'join' | 'leave'; readonly who: number[]; readonly key: string }
  | { readonly op: 'end'; readonly who: number };

const groupOp: fc.Arbitrary<GroupOp> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constantFrom('join', 'leave'),
      who: fc.array(who, { minLength: 1, maxLength: 3 }),
      key,
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('end'), who }) },
);

/** A multiset of processes per group. */
class GroupsModel {
  readonly #groups = new Map<string, Pid[]>();
  members(group: string): Pid[] {
    return this.#groups.get(group) ?? [];
  }
  join(group: string, pids: readonly Pid[]): void {
    this.#groups.set(group, [...this.members(group), ...pids.filter((pid) => isAlive(pid))]);
  }
  leave(group: string, pids: readonly Pid[]): 'ok' | 'not_joined' {
    const members = [...this.members(group)];
    const before = members.length;
    for (const pid of pids) if (members.includes(pid)) members.splice(members.indexOf(pid), 1);
    this.#groups.set(group, members);
    return members.length < before ? 'ok' : 'not_joined';
  }
  end(pid: Pid): void {
    for (const [group, members] of this.#groups) {
      this.#groups.set(
        group,
        members.filter((member) => member !== pid),
      );
    }
  }
}

describe('process groups', () => {
  it('hold what multisets would hold', async () => {
    await check(200, fc.array(groupOp, { maxLength: 40 }), (ops) =>
      withProcesses((pids, replace) => {
        const scope = new Scope();
        const model = new GroupsModel();
        for (const op of ops) {
          if (op.op === 'end') {
            model.end(pids[op.who] as Pid);
            replace(op.who);
          } else {
            const who = op.who.map((at) => pids[at] as Pid);
            if (op.op === 'join') {
              scope.join(op.key, who);
              model.join(op.key, who);
            } else expect(scope.leave(op.key, who)).toBe(model.leave(op.key, who));
          }
          for (const group of KEYS) expect(scope.getMembers(group)).toEqual(model.members(group));
          expect(scope.whichGroups().sort()).toEqual(KEYS.filter((group) => model.members(group).length > 0));
        }
        for (let at = 0; at < pids.length; at++) replace(at);
        expect(scope.whichGroups()).toEqual([]);
      }),
    );
  });
});

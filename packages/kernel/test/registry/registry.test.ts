import { exit, GenServer, type Pid, Registry, type RegistryEvent } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

describe('a registry with unique keys', () => {
  it('gives a key to one process, and answers the holder to others and to itself', () => {
    const registry = new Registry<string, number>();
    const [a, b] = [new Probe().pid, new Probe().pid];
    expect(registry.register('key', 1, a)).toBeUndefined();
    expect(registry.register('key', 2, b)).toBe(a);
    expect(registry.register('key', 3, a)).toBe(a);
    expect(registry.lookup('key')).toEqual([{ pid: a, value: 1 }]);
    expect(registry.whereis('key')).toBe(a);
    expect(registry.count).toBe(1);
  });

  it('registers the running process by default', async () => {
    const registry = new Registry<string, string>();
    const probe = new Probe();
    await probe.do(() => registry.register('key', 'value'));
    expect(registry.whereis('key')).toBe(probe.pid);
    expect(await probe.do(() => registry.keys())).toEqual(['key']);
    expect(() => registry.register('other', 'value')).toThrow(expect.objectContaining({ code: 'no_process' }));
  });

  it('forgets a process when it ends, before anyone sees that', async () => {
    const registry = new Registry<string, number>();
    const [a, watcher] = [new Probe(), new Probe()];
    registry.register('one', 1, a.pid);
    registry.register('two', 2, a.pid);
    await watcher.do((context) => context.monitor(a.pid));
    exit(a.pid, 'kill');
    const seen: unknown[] = [];
    await watcher.next(() => seen.push(registry.whereis('one'), registry.count) > 0);
    expect(seen).toEqual([undefined, 0]);
    expect(registry.keys(a.pid)).toEqual([]);
  });

  it('lets the value be changed by its holder only', () => {
    const registry = new Registry<string, number>();
    const [a, b] = [new Probe().pid, new Probe().pid];
    registry.register('key', 1, a);
    expect(registry.updateValue('key', (n) => n + 1, a)).toEqual({ new: 2, old: 1 });
    expect(registry.updateValue('key', (n) => n + 1, b)).toBeUndefined();
    expect(registry.updateValue('other', (n) => n + 1, a)).toBeUndefined();
    expect(registry.values('key', a)).toEqual([2]);
    expect(registry.values('key', b)).toEqual([]);
  });

  it('refuses a process that has ended', async () => {
    const registry = new Registry<string, number>();
    const { pid } = new Probe();
    exit(pid, 'kill');
    expect(() => registry.register('key', 1, pid)).toThrow(expect.objectContaining({ code: 'badarg' }));
    expect(registry.count).toBe(0);
  });

  it('takes keys of any type', () => {
    const key = { room: 1 };
    const registry = new Registry<object | number, undefined>();
    const { pid } = new Probe();
    registry.register(key, undefined, pid);
    registry.register(7, undefined, pid);
    expect(registry.whereis(key)).toBe(pid);
    expect(registry.whereis({ room: 1 })).toBeUndefined();
    expect(registry.keys(pid)).toEqual([key, 7]);
  });
});

describe('a registry with duplicate keys', () => {
  it('keeps any number of entries per key, also of one process, oldest first', () => {
    const registry = new Registry<string, number>({ keys: 'duplicate' });
    const [a, b] = [new Probe().pid, new Probe().pid];
    for (const [value, pid] of [
      [1, a],
      [2, b],
      [3, a],
    ] as const) {
      expect(registry.register('key', value, pid)).toBeUndefined();
    }
    expect(registry.lookup('key')).toEqual([
      { pid: a, value: 1 },
      { pid: b, value: 2 },
      { pid: a, value: 3 },
    ]);
    expect(registry.keys(a)).toEqual(['key', 'key']);
    expect(registry.values('key', a)).toEqual([1, 3]);
    expect(registry.count).toBe(3);
    exit(a, 'kill');
    expect(registry.lookup('key')).toEqual([{ pid: b, value: 2 }]);
  });

  it('refuses updateValue', () => {
    const registry = new Registry<string, number>({ keys: 'duplicate' });
    expect(() => registry.updateValue('key', (n) => n, new Probe().pid)).toThrow(expect.objectContaining({ code: 'badarg' }));
  });
});

describe('match', () => {
  it('finds entries by value or by a test of it', () => {
    const registry = new Registry<string, { n: number }>({ keys: 'duplicate' });
    const { pid } = new Probe();
    for (const n of [1, 2, 2, 3]) registry.register('key', { n }, pid);
    expect(registry.match('key', { n: 2 })).toHaveLength(2);
    expect(registry.countMatch('key', ({ n }) => n > 1)).toBe(3);
    expect(registry.countMatch('other', { n: 2 })).toBe(0);
  });
});

describe('unregister', () => {
  it('gives up all entries of that process under the key, and no others', () => {
    const registry = new Registry<string, number>({ keys: 'duplicate' });
    const [a, b] = [new Probe().pid, new Probe().pid];
    registry.register('key', 1, a);
    registry.register('key', 2, a);
    registry.register('other', 3, a);
    registry.register('key', 4, b);
    registry.unregister('key', a);
    expect(registry.lookup('key')).toEqual([{ pid: b, value: 4 }]);
    expect(registry.keys(a)).toEqual(['other']);
    registry.unregister('key', a);
    exit(a, 'kill');
    expect(registry.count).toBe(1);
  });

  it('Match gives up those whose value fits', () => {
    const registry = new Registry<string, number>({ keys: 'duplicate' });
    const [a, b] = [new Probe().pid, new Probe().pid];
    for (const n of [1, 2, 3]) registry.register('key', n, a);
    registry.register('key', 2, b);
    registry.unregisterMatch('key', (n) => n > 1, a);
    expect(registry.lookup('key')).toEqual([
      { pid: a, value: 1 },
      { pid: b, value: 2 },
    ]);
  });
});

describe('dispatch', () => {
  it('gives all entries of a key at once, and nothing when there are none', async () => {
    const registry = new Registry<string, number>({ keys: 'duplicate' });
    const probes = [new Probe(), new Probe()];
    probes.forEach((probe, i) => void registry.register('key', i, probe.pid));
    let calls = 0;
    const send = (entries: { pid: Pid; value: number }[]): void => {
      calls++;
      for (const { pid, value } of entries) pid.send(`hello ${value}`);
    };
    registry.dispatch('key', send);
    registry.dispatch('nobody', send);
    expect(calls).toBe(1);
    expect(await Promise.all(probes.map((probe) => probe.next()))).toEqual(['hello 0', 'hello 1']);
  });
});

describe('listeners', () => {
  it('are told of registrations and of their ends', async () => {
    const listener = new Probe();
    const registry = new Registry<string, number>({ listeners: [listener.pid as Pid<RegistryEvent<string, number>>] });
    const { pid } = new Probe();
    registry.register('a', 1, pid);
    registry.register('b', 2, pid);
    registry.unregister('a', pid);
    exit(pid, 'kill');
    await world.quiet();
    expect(await listener.mail()).toEqual([
      { type: 'register', key: 'a', pid, value: 1 },
      { type: 'register', key: 'b', pid, value: 2 },
      { type: 'unregister', key: 'a', pid },
      { type: 'unregister', key: 'b', pid },
    ]);
  });

  it.each([
    ['ends itself', (probe: Probe) => probe.tell((context) => context.exit(context.self, 'kill'))],
    [
      'ends with one that ends itself',
      (probe: Probe) =>
        new Probe().tell((context) => {
          context.link(probe.pid);
          context.exit(context.self, 'boom');
        }),
    ],
  ])('are told when a process %s', async (_how, end) => {
    const listener = new Probe();
    const registry = new Registry<string, number>({ listeners: [listener.pid as Pid<RegistryEvent<string, number>>] });
    const probe = new Probe();
    registry.register('a', 1, probe.pid);
    end(probe);
    await world.quiet();
    expect(await listener.mail()).toContainEqual({ type: 'unregister', key: 'a', pid: probe.pid });
  });
});

describe('a registry as the name of servers', () => {
  class Room extends GenServer {
    override init({ id }: { id: string }): void {
      if (id === 'bad') throw new Error('bad room');
    }
  }

  it('finds them, and frees the key when the start fails', async () => {
    const rooms = new Registry();
    const name = { via: rooms, key: 'one' };
    const room = await Room.start({ id: 'one' }, { name });
    expect(Room.whereis(name)).toBe(room);
    expect(rooms.lookup('one')).toEqual([{ pid: room, value: undefined }]);
    await expect(Room.start({ id: 'bad' }, { name: { via: rooms, key: 'two' } })).rejects.toMatchObject({ code: 'init_failed' });
    expect(rooms.count).toBe(1);
  });
});

describe("a registry's own values", () => {
  it('are there until they are deleted, whoever put them', () => {
    const registry = new Registry<string, undefined, { limit: number; note: string }>({ meta: { limit: 5 } });
    expect([registry.meta('limit'), registry.meta('note')]).toEqual([5, undefined]);
    registry.putMeta('note', 'a');
    registry.putMeta('limit', 6);
    expect([registry.meta('limit'), registry.meta('note')]).toEqual([6, 'a']);
    registry.deleteMeta('note');
    expect(registry.meta('note')).toBeUndefined();
    expect(registry.count).toBe(0);
  });
});

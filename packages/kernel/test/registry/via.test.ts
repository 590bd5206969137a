import {
  Agent,
  DynamicSupervisor,
  EventHandler,
  EventManager,
  exit,
  GenServer,
  type Name,
  PartitionSupervisor,
  type Pid,
  partitioned,
  Registry,
  type RegistryEvent,
  Supervisor,
  send,
  sendAfter,
  sleep,
  spawn,
  supervise,
  TaskSupervisor,
  whereis,
} from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { Tree, Worker } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
interface Key {
  readonly room: number;
}
const KEY: Key = { room: 1 };
let registry: Registry<Key, string>;
let name: Name;
beforeEach(() => {
  registry = new Registry<Key, string>();
  name = registry.via(KEY, 'value');
});

class Echo extends GenServer {
  readonly seen: unknown[] = [];
  echo<T>(value: T): T {
    return value;
  }
  note(value: unknown): void {
    this.seen.push(value);
  }
  all(): unknown[] {
    return this.seen;
  }
  override handleInfo(message: unknown): void {
    this.seen.push(message);
  }
}

describe('a name in a registry', () => {
  it('is a key of any type, with a value', async () => {
    const ref = await Echo.start(undefined, { name });
    expect(registry.lookup(KEY)).toEqual([{ pid: ref, value: 'value' }]);
    expect(whereis(name)).toBe(ref);
    expect(Echo.whereis(registry.via(KEY, 'other'))).toBe(ref);
    await expect(Echo.start(undefined, { name: registry.via(KEY, 'other') })).rejects.toMatchObject({ code: 'already_started', pid: ref });
    const end = world.ended(ref);
    exit(ref, 'kill');
    await end;
    expect(whereis(name)).toBeUndefined();
    expect(registry.count).toBe(0);
  });

  it('serves wherever one is taken', async () => {
    const ref = await Echo.start(undefined, { name });
    expect(await Echo.at(name).call('echo', 1)).toBe(1);
    Echo.at(name).cast('note', 'cast');
    send(name, 'sent');
    sendAfter(10, name, 'later');
    const probe = new Probe();
    await probe.do((context) => {
      context.cast(Echo.at(name), 'note', 'by a process');
      context.send(name, 'sent by a process');
      context.sendAfter(20, 'later by a process', name);
      return context.call(Echo.at(name), 'echo', 2);
    });
    await world.pass(20);
    expect(await ref.call('all')).toEqual(['cast', 'sent', 'by a process', 'sent by a process', 'later', 'later by a process']);
    const down = await probe.do((context) => context.monitor(name));
    await Echo.stop(name);
    expect(await probe.next()).toMatchObject({ type: 'DOWN', ref: down, reason: 'normal' });
    expect(() => send(name, 'nobody')).toThrow(expect.objectContaining({ code: 'badarg' }));
    await expect(Echo.at(name).call('echo', 3)).rejects.toMatchObject({ code: 'noproc' });
  });

  it('is one for plain processes', async () => {
    const pid = spawn(() => sleep(10), { name });
    expect(whereis(name)).toBe(pid);
    expect(() => spawn(() => {}, { name })).toThrow(expect.objectContaining({ code: 'badarg' }));
    await world.pass(10);
    expect(whereis(name)).toBeUndefined();
    expect(world.alive).toBe(0);
  });

  it('is one for children, again after a restart', async () => {
    const ref = await Tree.start(supervise({ children: [{ start: Echo, id: 'echo', name }] }));
    const before = whereis(name) as Pid;
    exit(before, 'kill');
    await world.quiet();
    expect(whereis(name)).toBe((await Supervisor.whichChildren(ref))[0]?.pid);
    expect(whereis(name)).not.toBe(before);
  });

  it('is one for supervisors of all kinds', async () => {
    const worker = { start: Worker, args: { id: 'w', log: [] } };
    class Workers extends DynamicSupervisor<Worker> {}
    await Tree.start(supervise({ children: [worker] }), { name });
    expect(await Supervisor.countChildren(name)).toMatchObject({ active: 1 });
    await Supervisor.startChild(name, { ...worker, id: 'x' });
    await Supervisor.terminateChild(name, 'x');
    await Supervisor.restartChild(name, 'x');
    await Supervisor.terminateChild(name, 'x');
    await Supervisor.deleteChild(name, 'x');
    expect((await Supervisor.getChildSpec(name, 'Worker')).restart).toBe('permanent');
    expect(await Supervisor.whichChildren(name)).toMatchObject([{ id: 'Worker' }]);
    await Supervisor.stop(name);
    await Workers.start(undefined, { name });
    await Workers.startChild(name, worker);
    expect(await Workers.countChildren(name)).toMatchObject({ active: 1 });
    await Workers.stop(name);
    await TaskSupervisor.start(undefined, { name });
    await TaskSupervisor.startChild(name, () => sleep(1));
    expect(await TaskSupervisor.children(name)).toHaveLength(1);
    await TaskSupervisor.stop(name);
    await PartitionSupervisor.start(partitioned({ child: Echo, partitions: 2 }), { name });
    expect(await Echo.at(PartitionSupervisor.via(name, 1)).call('echo', 4)).toBe(4);
    await PartitionSupervisor.stop(name);
    expect(world.alive).toBe(0);
  });

  it('is one for agents and event managers', async () => {
    await Agent.start(() => 1, { name });
    Agent.cast(name, (n: number) => n + 1);
    expect(await Agent.get(name, (n: number) => n)).toBe(2);
    await Agent.stop(name);
    const seen: unknown[] = [];
    class Seeing extends EventHandler<string> {
      override handleEvent(event: string): void {
        seen.push(event);
      }
    }
    await EventManager.start(undefined, { name });
    await EventManager.addHandler(name, Seeing);
    EventManager.notify(name, 'a');
    await EventManager.syncNotify(name, 'b');
    expect(seen).toEqual(['a', 'b']);
    await EventManager.stop(name);
  });

  it('is no process of a registry with duplicate keys', async () => {
    const many = new Registry<string, number>({ keys: 'duplicate' });
    expect(() => whereis(many.via('a', 1))).toThrow(expect.objectContaining({ code: 'badarg' }));
    await expect(Echo.start(undefined, { name: many.via('a', 1) })).rejects.toMatchObject({ reason: { code: 'badarg' } });
    expect(() => whereis({ via: many, key: 'a' })).toThrow(expect.objectContaining({ code: 'badarg' }));
  });
});

describe('select', () => {
  it('looks at all entries', () => {
    const [a, b] = [new Probe().pid, new Probe().pid];
    const many = new Registry<string, number>({ keys: 'duplicate' });
    many.register('x', 1, a);
    many.register('y', 2, b);
    many.register('x', 3, b);
    expect(many.select()).toEqual([
      { key: 'x', pid: a, value: 1 },
      { key: 'x', pid: b, value: 3 },
      { key: 'y', pid: b, value: 2 },
    ]);
    expect(many.select(({ key, value }) => key === 'x' && value > 1)).toEqual([{ key: 'x', pid: b, value: 3 }]);
  });
});

describe('listeners by name', () => {
  it('hear of changes while somebody has the name', async () => {
    const via = new Registry<string>();
    const heard = new Registry<string, number>({ listeners: ['listener', via.via('listener')] });
    const owner = new Probe().pid;
    heard.register('a', 1, owner);
    const plain = new Probe({ name: 'listener' });
    const named = new Probe({ name: via.via('listener') });
    heard.register('b', 2, owner);
    heard.unregister('b', owner);
    const events: RegistryEvent<string, number>[] = [
      { type: 'register', key: 'b', pid: owner, value: 2 },
      { type: 'unregister', key: 'b', pid: owner },
    ];
    expect(await plain.mail()).toEqual(events);
    expect(await named.mail()).toEqual(events);
  });
});

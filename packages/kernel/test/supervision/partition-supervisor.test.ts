import {
  Agent,
  exit,
  GenServer,
  isAlive,
  PartitionSupervisor,
  type Pid,
  partitioned,
  Registry,
  register,
  send,
  supervise,
  TaskSupervisor,
} from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import { check } from '../support/property.js';
import { Tree } from '../support/tree.js';
import { useWorld } from '../support/world.js';

class Part extends GenServer {
  args: unknown;
  override init(args?: { readonly tag: string; readonly partition?: number }): void {
    this.args = args;
  }
  given(): unknown {
    return this.args;
  }
  override handleInfo(message: unknown): void {
    this.args = message;
  }
}
const at = (key: unknown) => Part.at(PartitionSupervisor.via('parts', key));

describe('a PartitionSupervisor', () => {
  const world = useWorld();
  const start = (options: Partial<Parameters<typeof partitioned<Part>>[0]> = {}) =>
    PartitionSupervisor.start(partitioned({ child: Part, partitions: 3, ...options }), { name: 'parts' });
  const pids = async (): Promise<Pid[]> => (await PartitionSupervisor.whichChildren('parts')).map(({ pid }) => pid as Pid);

  it('runs so many children', async () => {
    await start();
    expect(PartitionSupervisor.partitions('parts')).toBe(3);
    expect(await PartitionSupervisor.countChildren('parts')).toEqual({ specs: 3, active: 3, supervisors: 0, workers: 3 });
    expect((await PartitionSupervisor.whichChildren('parts')).map(({ id }) => id)).toEqual(['0', '1', '2']);
  });

  it('finds the partition of an integer by counting through', async () => {
    await start();
    const all = await pids();
    for (const [key, partition] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 0],
      [-1, 1],
      [-4, 1],
    ] as const) {
      expect(Part.whereis(PartitionSupervisor.via('parts', key))).toBe(all[partition]);
    }
  });

  it('finds the same partition for the same data, each now and then', async () => {
    await start();
    const all = await pids();
    const data = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.bigInt(), fc.boolean(), fc.constant(null), fc.array(fc.string()));
    await check(200, data, async (key) => {
      const pid = Part.whereis(PartitionSupervisor.via('parts', key));
      expect(all).toContain(pid);
      expect(Part.whereis(PartitionSupervisor.via('parts', key))).toBe(pid);
    });
    expect(Part.whereis(PartitionSupervisor.via('parts', { a: [1] }))).toBe(Part.whereis(PartitionSupervisor.via('parts', { a: [1] })));
    const used = new Map<unknown, number>();
    for (let i = 0; i < 3000; i++) {
      const pid = Part.whereis(PartitionSupervisor.via('parts', `user:${i}`));
      used.set(pid, (used.get(pid) ?? 0) + 1);
    }
    expect([...used.values()].every((n) => n > 800)).toBe(true);
  });

  it('gives each partition its arguments', async () => {
    await start({ child: { start: Part, args: { tag: 'x' } }, withArguments: (args) => ({ tag: args?.tag ?? '', partition: 7 }) });
    expect(await at(1).call('given')).toEqual({ tag: 'x', partition: 7 });
    await GenServer.stop('parts');
    await start({ child: { start: Part, args: { tag: 'x' } }, withArguments: (_, partition) => ({ tag: 'y', partition }) });
    expect(await Promise.all([0, 1, 2].map((key) => at(key).call('given')))).toEqual(
      [0, 1, 2].map((partition) => ({ tag: 'y', partition })),
    );
  });

  it('finds a partition that was restarted, and nobody meanwhile', async () => {
    await start();
    const before = await pids();
    const ref = at(4);
    exit(before[1] as Pid, 'kill');
    await expect(ref.call('given')).rejects.toMatchObject({ code: 'noproc' });
    await world.quiet();
    const after = await pids();
    expect(after[1]).not.toBe(before[1]);
    expect(await ref.call('given')).toBeUndefined();
    send(PartitionSupervisor.via('parts', 4), 'hello');
    expect(await ref.call('given')).toBe('hello');
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
  });

  it('takes a strategy', async () => {
    await start({ strategy: 'oneForAll' });
    const before = await pids();
    exit(before[1] as Pid, 'kill');
    await world.quiet();
    for (const pid of before) expect(isAlive(pid)).toBe(false);
    expect((await PartitionSupervisor.countChildren('parts')).active).toBe(3);
  });

  it('is not there when it is not there', async () => {
    expect(() => PartitionSupervisor.partitions('parts')).toThrow(expect.objectContaining({ name: 'CallError', code: 'noproc' }));
    await expect(at(1).call('given')).rejects.toMatchObject({ code: 'noproc' });
    await Part.start(undefined, { name: 'parts' });
    expect(() => PartitionSupervisor.partitions('parts')).toThrow(expect.objectContaining({ code: 'noproc' }));
  });

  it.each([
    [{ partitions: 0 }, 'bad_option'],
    [{ partitions: 1.5 }, 'bad_option'],
    [{ partitions: 5000 }, 'bad_option'],
    [{ withArguments: 1 }, 'bad_option'],
    [{ autoShutdown: 'anySignificant' }, 'bad_option'],
    [{ strategy: 'simpleOneForOne' }, 'bad_option'],
    [{ child: Date }, 'bad_child_spec'],
    [{ child: undefined }, 'bad_child_spec'],
    [{ child: { start: Part, name: 'x' } }, 'bad_child_spec'],
  ])('refuses bad options: %o', async (options, code) => {
    await expect(start(options as never)).rejects.toMatchObject({ code: 'init_failed', reason: { code } });
    expect(world.kernel.names.names()).toEqual([]);
  });

  it('needs a name, and lends none', async () => {
    await expect(PartitionSupervisor.start(partitioned({ child: Part }))).rejects.toMatchObject({ reason: { code: 'bad_option' } });
    await start();
    await expect(Part.start(undefined, { name: PartitionSupervisor.via('parts', 1) })).rejects.toMatchObject({
      reason: { code: 'bad_name' },
    });
  });

  it('can have a name in a registry, and be a child', async () => {
    const via = new Registry();
    const name = { via, key: 'parts' };
    const ref = await Tree.start(
      supervise({ children: [{ start: PartitionSupervisor, id: 'parts', name, args: partitioned({ child: Part, partitions: 2 }) }] }),
    );
    expect(PartitionSupervisor.partitions(name)).toBe(2);
    expect(await Part.at(PartitionSupervisor.via(name, 1)).call('given')).toBeUndefined();
    expect(await Tree.whichChildren(ref)).toMatchObject([{ type: 'supervisor' }]);
    await GenServer.stop(ref);
    expect(world.alive).toBe(0);
  });

  it('gives back all its names', async () => {
    await start();
    await GenServer.stop('parts');
    expect(world.kernel.names.names()).toEqual([]);
    await start({ partitions: 5 });
    expect(PartitionSupervisor.partitions('parts')).toBe(5);
  });

  it('has a partition for each processor unless told otherwise', async () => {
    await PartitionSupervisor.start(partitioned({ child: Part }), { name: 'parts' });
    expect(PartitionSupervisor.partitions('parts')).toBeGreaterThan(0);
  });

  it('partitions supervisors and agents as well', async () => {
    class Zero extends Agent<number> {
      override init(): number {
        return 0;
      }
    }
    await PartitionSupervisor.start(partitioned({ child: TaskSupervisor, partitions: 2 }), { name: 'tasks' });
    const pid = await TaskSupervisor.startChild(PartitionSupervisor.via('tasks', 'me'), () => new Promise(() => {}));
    expect(await TaskSupervisor.children(PartitionSupervisor.via('tasks', 'me'))).toEqual([pid]);
    await PartitionSupervisor.start(partitioned({ child: Zero, partitions: 2 }), { name: 'numbers' });
    await Agent.update(PartitionSupervisor.via('numbers', 1), (n: number) => n + 1);
    expect(await Agent.get(PartitionSupervisor.via('numbers', 3), (n: number) => n)).toBe(1);
    expect(await Agent.get(PartitionSupervisor.via('numbers', 2), (n: number) => n)).toBe(0);
  });
});

describe('a PartitionSupervisor on another thread', () => {
  const world = useCluster(2);
  register(PartitionSupervisor, Part);

  it('is found from here', async () => {
    const [here, there] = world.members as [Member, Member];
    // One table of names for both threads, as in a node; each thread has its own pids for it.
    const names = new Map<string, Pid>();
    for (const member of [here, there]) {
      member.kernel.names = {
        register: (name, pid) => (names.has(name) ? names.get(name) : void names.set(name, pid)),
        unregister: (name) => void names.delete(name),
        whereis: (name) => (names.has(name) ? member.see(names.get(name) as Pid) : undefined),
        names: () => [],
      };
    }
    const probe = here.probe();
    const supervisor = await probe.do((context) =>
      context.start(PartitionSupervisor, partitioned({ child: { start: Part, args: { tag: 'far' } }, partitions: 3 }), {
        thread: 1,
        name: 'parts',
      }),
    );
    expect(supervisor?.thread).toBe(1);
    expect(PartitionSupervisor.partitions('parts')).toBe(3);
    const found = [0, 1, 2, 3].map((key) => Part.whereis(PartitionSupervisor.via('parts', key)));
    expect(new Set(found).size).toBe(3);
    expect(found[3]).toBe(found[0]);
    expect(await at(1).call('given')).toEqual({ tag: 'far' });
    exit(supervisor as Pid, 'kill');
    await world.cluster.quiet();
    expect(() => PartitionSupervisor.partitions('parts')).toThrow(expect.objectContaining({ code: 'noproc' }));
    expect(names.size).toBe(0);
  });
});

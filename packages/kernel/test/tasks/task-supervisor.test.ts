import { exit, GenServer, isAlive, type Pid, register, sleep, supervise, type Task, TaskSupervisor } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import { Probe } from '../support/probe.js';
import { Tree } from '../support/tree.js';
import { useWorld } from '../support/world.js';

register(TaskSupervisor);

const forEver = (): Promise<never> => new Promise(() => {});
const crash = (): never => exit('boom');
const nap = (ms: number): Promise<number> => sleep(ms).then(() => ms);

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of stream) all.push(result);
  return all;
}

describe('a TaskSupervisor', () => {
  const world = useWorld();
  let plain: Probe;
  beforeEach(async () => {
    plain = new Probe();
    await TaskSupervisor.start(undefined, { name: 'tasks' });
  });

  it('runs tasks as its children', async () => {
    const task = await plain.do(() => TaskSupervisor.async('tasks', async () => nap(10)));
    expect(await TaskSupervisor.children('tasks')).toEqual([task.pid]);
    expect(await TaskSupervisor.countChildren('tasks')).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 1 });
    const value = plain.do(() => task.await());
    await world.pass(10);
    expect(await value).toBe(10);
    await world.quiet();
    expect(await TaskSupervisor.children('tasks')).toEqual([]);
    expect(await plain.mail()).toEqual([]);
  });

  it.each(['async', 'asyncNolink'] as const)('%s answers a result that comes at once', async (how) => {
    expect(await plain.do(async () => (await TaskSupervisor[how]('tasks', () => 7)).await())).toBe(7);
    await plain.do(() => TaskSupervisor[how]('tasks', () => 8));
    await world.quiet();
    expect(await plain.mail()).toMatchObject([
      { type: 'taskReply', result: 8 },
      { type: 'DOWN', reason: 'normal' },
    ]);
  });

  it('async links the task to its owner', async () => {
    const first = await plain.do(() => TaskSupervisor.async('tasks', forEver));
    const end = world.ended(plain.pid);
    await plain.do(() => TaskSupervisor.async('tasks', async () => sleep(10).then(crash)));
    await world.pass(10);
    expect(await end).toBe('boom');
    expect(isAlive(first.pid as Pid)).toBe(false);
    expect(await TaskSupervisor.children('tasks')).toEqual([]);
  });

  it('asyncNolink does not', async () => {
    const crashed = await plain.do(() => TaskSupervisor.asyncNolink('tasks', crash));
    expect(await plain.do(() => crashed.yield())).toEqual({ ok: false, reason: 'boom' });
    await plain.do(() => TaskSupervisor.asyncNolink('tasks', crash));
    await world.quiet();
    expect(await plain.mail()).toMatchObject([{ type: 'DOWN', reason: 'boom' }]);
    const task = await plain.do(() => TaskSupervisor.asyncNolink('tasks', forEver));
    exit(plain.pid, 'kill');
    await world.quiet();
    expect(await TaskSupervisor.children('tasks')).toEqual([task.pid]);
  });

  it('starts no task for an owner that has ended', async () => {
    let ran = false;
    plain.tell(() => {
      void TaskSupervisor.asyncNolink('tasks', () => (ran = true));
      exit('gone');
    });
    await world.quiet();
    expect(ran).toBe(false);
    expect(await TaskSupervisor.children('tasks')).toEqual([]);
    expect(world.alive).toBe(1);
  });

  it('refuses more than maxChildren', async () => {
    await TaskSupervisor.start({ maxChildren: 1 }, { name: 'one' });
    await plain.do(() => TaskSupervisor.async('one', forEver));
    const refused = { name: 'StartError', code: 'max_children' };
    await expect(plain.do(() => TaskSupervisor.async('one', forEver))).rejects.toMatchObject(refused);
    await expect(TaskSupervisor.startChild('one', forEver)).rejects.toMatchObject(refused);
    await expect(TaskSupervisor.startChild('one', forEver, { restart: 'permanent' })).rejects.toMatchObject(refused);
    await expect(plain.do(() => collect(TaskSupervisor.asyncStream('one', [1], forEver)))).rejects.toMatchObject(refused);
    expect(world.alive).toBe(4);
  });

  it('has to be there', async () => {
    await expect(plain.do(() => TaskSupervisor.async('nobody', forEver))).rejects.toMatchObject({ code: 'noproc' });
    await expect(TaskSupervisor.startChild('nobody', forEver)).rejects.toMatchObject({ code: 'noproc' });
    await expect(TaskSupervisor.startChild('nobody', forEver, { restart: 'permanent' })).rejects.toMatchObject({ code: 'noproc' });
    expect(world.alive).toBe(2);
  });

  it('stops its tasks, side by side, giving them time to shut down', async () => {
    const signals: unknown[] = [];
    const stubborn = (shutdown: number | 'brutalKill') =>
      TaskSupervisor.startChild(
        'tasks',
        async (context) => {
          context.trapExit(true);
          signals.push(await context.receive());
          await forEver();
        },
        { shutdown },
      );
    for (const shutdown of [100, 100, 'brutalKill'] as const) await stubborn(shutdown);
    await world.quiet();
    const stopped = GenServer.stop('tasks');
    await world.pass(99);
    expect(signals).toMatchObject([{ reason: 'shutdown' }, { reason: 'shutdown' }]);
    await world.pass(1);
    await stopped;
    expect(world.alive).toBe(1);
  });

  it('stops one task', async () => {
    const pid = await TaskSupervisor.startChild('tasks', forEver);
    await TaskSupervisor.terminateChild('tasks', pid);
    expect(isAlive(pid)).toBe(false);
    await expect(TaskSupervisor.terminateChild('tasks', pid)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('starts tasks for their effects, without a link', async () => {
    const ran: string[] = [];
    await plain.do(() => TaskSupervisor.startChild('tasks', () => void ran.push('ran')));
    await plain.do(() => TaskSupervisor.startChild('tasks', crash));
    await world.quiet();
    expect(ran).toEqual(['ran']);
    expect(await plain.mail()).toEqual([]);
  });

  it.each([
    ['temporary', 'boom', 1],
    ['transient', 'boom', 3],
    ['transient', 'shutdown', 1],
    ['permanent', 'normal', 3],
  ] as const)('restarts a %s task that ends with %s: it runs %d times', async (restart, reason, times) => {
    let runs = 0;
    await TaskSupervisor.startChild('tasks', () => (++runs === 3 ? forEver() : exit(reason)), { restart });
    await world.quiet();
    expect(runs).toBe(times);
  });

  it('refuses bad options', async () => {
    const bad = { code: 'bad_child_spec' };
    await expect(plain.do(() => TaskSupervisor.async('tasks', forEver, { shutdown: -1 }))).rejects.toMatchObject(bad);
    expect(() => TaskSupervisor.startChild('tasks', forEver, { restart: 'always' as never })).toThrow(expect.objectContaining(bad));
    await expect(TaskSupervisor.start({ maxChildren: -1 })).rejects.toMatchObject({ reason: { code: 'bad_option' } });
  });

  it('works with strict messages', async () => {
    world.strict();
    expect(await plain.do(async () => (await TaskSupervisor.async('tasks', () => [1])).await())).toEqual([1]);
    let runs = 0;
    await TaskSupervisor.startChild('tasks', () => (++runs < 3 ? crash() : undefined), { restart: 'transient' });
    await world.quiet();
    expect(runs).toBe(3);
  });

  it('is a child like any other', async () => {
    const ref = await Tree.start(supervise({ children: [{ start: TaskSupervisor, name: 'below' }] }));
    expect(await Tree.whichChildren(ref)).toMatchObject([{ id: 'below', type: 'supervisor' }]);
    const pid = await TaskSupervisor.startChild('below', forEver);
    await GenServer.stop(ref);
    expect(isAlive(pid)).toBe(false);
  });

  describe('asyncStream', () => {
    const body = (item: number): number => (item === 1 ? exit('boom') : item);

    it('runs its tasks under the supervisor', async () => {
      const all = plain.do(() => collect(TaskSupervisor.asyncStream('tasks', [20, 10], nap, { maxConcurrency: 2, ordered: false })));
      await world.quiet();
      expect((await TaskSupervisor.children('tasks')).length).toBe(2);
      await world.pass(20);
      expect(await all).toEqual([
        { ok: true, value: 10 },
        { ok: true, value: 20 },
      ]);
    });

    it('goes down with a task, unless nolink', async () => {
      expect(await plain.do(() => collect(TaskSupervisor.asyncStreamNolink('tasks', [1, 2], body)))).toEqual([
        { ok: false, reason: 'boom' },
        { ok: true, value: 2 },
      ]);
      const end = world.ended(plain.pid);
      plain.tell(() => collect(TaskSupervisor.asyncStream('tasks', [1, 2], body)));
      expect(await end).toBe('boom');
    });

    it.each([
      ['asyncStream', 0],
      ['asyncStreamNolink', 2],
    ] as const)('when its owner ends, %s leaves %d tasks', async (how, left) => {
      plain.tell(() => collect(TaskSupervisor[how]('tasks', [1, 2], forEver, { maxConcurrency: 2 })));
      await world.quiet();
      exit(plain.pid, 'bye');
      await world.quiet();
      expect((await TaskSupervisor.children('tasks')).length).toBe(left);
    });
  });
});

describe('a TaskSupervisor on another thread', () => {
  const world = useCluster(2);
  let here: Member;
  let there: Member;
  let owner: Probe;
  let supervisor: Pid;
  beforeEach(async () => {
    [here, there] = world.members as [Member, Member];
    owner = here.probe();
    supervisor = (await owner.do((context) => context.start(TaskSupervisor, { maxChildren: 2 }, { thread: 1 }))) as Pid;
    expect(supervisor.thread).toBe(1);
  });

  it('supervises tasks that run here', async () => {
    const task = (await owner.do(() => TaskSupervisor.async(supervisor, async () => nap(10)))) as Task<number>;
    expect(task.pid?.thread).toBe(0);
    expect(await TaskSupervisor.children(supervisor)).toEqual([task.pid]);
    const value = owner.do(() => task.await());
    await world.cluster.pass(10);
    expect(await value).toBe(10);
    await world.cluster.quiet();
    expect(await TaskSupervisor.children(supervisor)).toEqual([]);
    expect(here.remembers(there)).toBe(false);
  });

  it('ends them when it ends', async () => {
    const pid = await owner.do(() => TaskSupervisor.startChild(supervisor, forEver));
    await owner.do(() => TaskSupervisor.terminateChild(supervisor, pid));
    expect(isAlive(pid)).toBe(false);
    const other = await owner.do(() => TaskSupervisor.startChild(supervisor, forEver));
    exit(supervisor, 'kill');
    await world.cluster.quiet();
    expect(isAlive(other)).toBe(false);
  });

  it('counts them', async () => {
    for (let i = 0; i < 2; i++) await owner.do(() => TaskSupervisor.startChild(supervisor, forEver));
    await expect(owner.do(() => TaskSupervisor.startChild(supervisor, forEver))).rejects.toMatchObject({ code: 'max_children' });
  });

  it('takes no task that it could not restart', async () => {
    expect(() => TaskSupervisor.startChild(supervisor, forEver, { restart: 'permanent' })).toThrow(
      expect.objectContaining({ code: 'not_sendable' }),
    );
  });

  it('is missed when its thread is gone', async () => {
    world.cluster.hold(there, here);
    const started = owner.do(() => TaskSupervisor.async(supervisor, forEver)).catch((error: unknown) => error);
    await world.cluster.quiet();
    world.cluster.cut(here, there);
    expect(await started).toMatchObject({ code: 'noconnection' });
    await world.cluster.quiet();
    expect(here.kernel.alive).toBe(1);
  });
});

import { channel } from 'node:diagnostics_channel';
import {
  type CrashReport,
  type Exit,
  exit,
  GenServer,
  isAlive,
  type Pid,
  self,
  sleep,
  Task,
  TaskError,
  type TaskReply,
} from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let owner: Probe;
beforeEach(() => {
  owner = new Probe({ trapExit: true });
});

const forEver = (): Promise<never> => new Promise(() => {});
const crash = (): never => exit('boom');

/** The pid of a task that never ends, made by `owner`. */
function idle(by: Probe = owner): Promise<Task<never>> {
  return by.do(() => Task.async(forEver));
}

describe('async and await', () => {
  it('give the result of a function that runs in a process of its own', async () => {
    const [task, pid] = await owner.do(async () => {
      const task = Task.async(() => self());
      return [task, await task.await()] as const;
    });
    expect(pid).toBe(task.pid);
    expect(pid).not.toBe(owner.pid);
    expect(task.owner).toBe(owner.pid);
    await world.quiet();
    expect(world.alive).toBe(1);
  });

  it('wait for an async function', async () => {
    const value = owner.do(() => Task.async(async () => sleep(10).then(() => 'done')).await());
    await world.pass(10);
    expect(await value).toBe('done');
  });

  it('run at the same time', async () => {
    const started = owner.do(async () => {
      const tasks = [30, 10, 20].map((ms) => Task.async(async () => sleep(ms).then(() => ms)));
      const values: number[] = [];
      for (const task of tasks) values.push(await task.await());
      return values;
    });
    await world.pass(30);
    expect(await started).toEqual([30, 10, 20]);
  });

  it('leave no message behind', async () => {
    const plain = new Probe();
    await plain.do(() => Task.async(() => 1).await());
    expect(await plain.mail()).toEqual([]);
    await plain.do(() => void Task.async(() => 1));
    await world.quiet();
    expect(await plain.mail()).toMatchObject([
      { type: 'taskReply', result: 1 },
      { type: 'DOWN', reason: 'normal' },
    ]);
    await plain.do(() => Task.async(() => 1).await());
    expect(await plain.mail()).toEqual([]);
  });

  it('find a result that waits in the mailbox, among others', async () => {
    const plain = new Probe();
    const task = await plain.do(() => Task.async(() => 1));
    plain.pid.send('before');
    await world.quiet();
    plain.pid.send('after');
    expect(await plain.do(() => task.await())).toBe(1);
    expect(await plain.mail()).toEqual(['before', 'after']);
  });

  it('take the owner along when the task crashes', async () => {
    const plain = new Probe();
    const end = world.ended(plain.pid);
    plain.tell(() => Task.async(crash).await());
    expect(await end).toBe('boom');
  });

  it('take the task along when the owner crashes', async () => {
    const plain = new Probe();
    const task = await idle(plain);
    const end = world.ended(task.pid as Pid);
    plain.tell(crash);
    expect(await end).toBe('boom');
  });

  it('tell an owner that traps exits why the task ended', async () => {
    await expect(owner.do(() => Task.async(crash).await())).rejects.toMatchObject({ name: 'TaskError', code: 'exit', reason: 'boom' });
    expect(await owner.mail()).toMatchObject([{ type: 'EXIT', reason: 'boom' } satisfies Partial<Exit>]);
    const error = new Error('thrown');
    await expect(
      owner.do(() =>
        Task.async(() => {
          throw error;
        }).await(),
      ),
    ).rejects.toMatchObject({ reason: error, cause: error });
  });

  it('reject for a task that ended normally without a result', async () => {
    await expect(owner.do(() => Task.async(() => exit('normal')).await())).rejects.toMatchObject({ code: 'exit', reason: 'normal' });
  });

  it('give up in time, and drop the result that comes too late', async () => {
    const awaited = owner.do(async () => {
      const task = Task.async(async () => sleep(20).then(() => 'late'));
      return task.await(10).catch((error: unknown) => [error, task] as const);
    });
    await world.pass(10);
    const [error, task] = (await awaited) as [unknown, Task<string>];
    expect(TaskError.is(error, 'timeout')).toBe(true);
    expect(isAlive(task.pid as Pid)).toBe(true);
    await world.pass(20);
    expect(await owner.mail()).toEqual([{ type: 'EXIT', pid: task.pid, reason: 'normal' }]);
  });

  it('wait for 5,000 ms unless told otherwise, and end an owner that catches nothing', async () => {
    const plain = new Probe();
    const end = world.ended(plain.pid);
    let task: Task<never> | undefined;
    plain.tell(() => {
      task = Task.async(forEver);
      return task.await();
    });
    await world.pass(4999);
    expect(isAlive(plain.pid)).toBe(true);
    await world.pass(1);
    expect(await end).toMatchObject({ name: 'TaskError', code: 'timeout' });
    expect(isAlive(task?.pid as Pid)).toBe(false);
  });

  it('work with any kind of value', async () => {
    for (const value of [undefined, null, 0, '', [1]]) {
      expect(await owner.do(() => Task.async(() => value).await())).toEqual(value);
    }
  });

  it('copy the result with strict messages', async () => {
    world.strict();
    const value = { list: [1] };
    const copy = await owner.do(() => Task.async(() => value).await());
    expect(copy).toEqual(value);
    expect(copy).not.toBe(value);
    await expect(owner.do(() => Task.async(() => () => 1).await())).rejects.toMatchObject({ reason: { code: 'not_sendable' } });
  });

  it('are for the owner only, and once', async () => {
    const task = await owner.do(() => Task.async(() => 1));
    const other = new Probe();
    await expect(other.do(() => task.await())).rejects.toMatchObject({ code: 'badarg' });
    expect(await owner.do(() => task.await())).toBe(1);
    await expect(owner.do(() => task.await())).rejects.toMatchObject({ code: 'badarg', message: expect.stringContaining('taken already') });
    const waited = await idle();
    owner.tell(() => void waited.await(10).catch(() => {}));
    await expect(owner.do(() => waited.yield(0))).rejects.toMatchObject({ message: expect.stringContaining('awaited already') });
  });

  it('need a process; after a foreign await it can be named', async () => {
    expect(() => Task.async(() => 1)).toThrow(expect.objectContaining({ code: 'no_process' }));
    expect(() => Task.async(() => 1, { owner: {} as Pid })).toThrow(expect.objectContaining({ code: 'badarg' }));
    expect(await Task.async(() => 1, { owner: owner.pid }).await()).toBe(1);
  });

  it('do nothing for a process that has ended', async () => {
    const gone = new Probe();
    exit(gone.pid, 'kill');
    let ran = false;
    const task = Task.async(() => (ran = true), { owner: gone.pid });
    void task.await().then(() => (ran = true));
    expect(task.ignore()).toBeUndefined();
    await world.quiet();
    expect(ran).toBe(false);
  });

  it.each([-1, Number.NaN, '5' as never])('refuse a timeout of %s', async (timeoutMs) => {
    const task = await idle();
    await expect(owner.do(() => task.await(timeoutMs))).rejects.toMatchObject({ code: 'bad_option' });
  });

  it('abort the signal of a task that is killed', async () => {
    let signal: AbortSignal | undefined;
    const task = await owner.do(() =>
      Task.async((context) => {
        ({ signal } = context);
        return forEver();
      }),
    );
    await world.quiet();
    expect(signal?.aborted).toBe(false);
    exit(task.pid as Pid, 'kill');
    await world.quiet();
    expect(signal?.aborted).toBe(true);
  });

  it('send nothing once the task is killed', async () => {
    let finish: (value: string) => void = () => {};
    const task = await owner.do(() => Task.async(() => new Promise<string>((resolve) => (finish = resolve))));
    await world.quiet();
    await owner.do(() => task.shutdown('brutalKill'));
    finish('late');
    await world.quiet();
    expect(await owner.mail()).toEqual([]);
  });

  it('report a crash as one of a Task', async () => {
    const reports: CrashReport[] = [];
    const listen = (report: unknown): void => void reports.push(report as CrashReport);
    channel('rekindle.crash').subscribe(listen);
    await owner.do(() =>
      Task.async(crash)
        .await()
        .catch(() => {}),
    );
    await owner.do(() =>
      Task.async(() => exit('shutdown'))
        .await()
        .catch(() => {}),
    );
    channel('rekindle.crash').unsubscribe(listen);
    expect(reports).toMatchObject([{ behaviour: 'Task', reason: 'boom' }]);
  });
});

describe('in a server', () => {
  class Server extends GenServer<{ info: TaskReply<number> | { type: 'crash' } }> {
    readonly seen: unknown[] = [];
    compute(): void {
      Task.async(() => 42);
    }
    async wait(): Promise<number> {
      return Task.async(async () => sleep(10).then(() => 7)).await();
    }
    list(): unknown[] {
      return this.seen;
    }
    override handleInfo(message: TaskReply<number> | object): void {
      if ('result' in message) this.demonitor(message.ref, { flush: true });
      this.seen.push(message);
    }
  }

  it('a result that nobody awaits comes to handleInfo', async () => {
    const server = await Server.start();
    await server.call('compute');
    await world.quiet();
    expect(await server.call('list')).toMatchObject([{ type: 'taskReply', result: 42 }]);
  });

  it('awaiting holds other requests back', async () => {
    const server = await Server.start();
    const waited = server.call('wait');
    const listed = server.call('list');
    await world.pass(10);
    expect(await waited).toBe(7);
    expect(await listed).toEqual([]);
  });
});

describe('yield', () => {
  it('asks again and again', async () => {
    const task = await owner.do(() => Task.async(async () => sleep(50).then(() => 7)));
    const first = owner.do(() => task.yield(10));
    await world.pass(10);
    expect(await first).toBeUndefined();
    const second = owner.do(() => task.yield());
    await world.pass(40);
    expect(await second).toEqual({ ok: true, value: 7 });
    const third = owner.do(() => task.yield(10));
    await world.pass(10);
    expect(await third).toBeUndefined();
    expect(await owner.do(() => task.shutdown(100))).toEqual({ ok: false, reason: 'noproc' });
  });

  it('tells the reason of an end', async () => {
    expect(await owner.do(() => Task.async(crash).yield())).toEqual({ ok: false, reason: 'boom' });
    const task = await owner.do(() => Task.async(crash));
    await world.quiet();
    expect(await owner.do(() => task.yield(0))).toEqual({ ok: false, reason: 'boom' });
  });
});

describe('shutdown', () => {
  it.each([undefined, 'brutalKill', 0] as const)('ends a task that runs (%s)', async (how) => {
    const plain = new Probe();
    const task = await idle(plain);
    const stopped = plain.do(() => task.shutdown(how));
    await world.pass(1);
    expect(await stopped).toBeUndefined();
    expect(isAlive(task.pid as Pid)).toBe(false);
    expect(await plain.mail()).toEqual([]);
  });

  it.each([undefined, 'brutalKill'] as const)('gives the result of a task that was done (%s)', async (how) => {
    const task = await owner.do(() => Task.async(() => 7));
    await world.quiet();
    expect(await owner.do(() => task.shutdown(how))).toEqual({ ok: true, value: 7 });
  });

  /** A task that traps exits and then does `last`. */
  async function stubborn(by: Probe, last: () => unknown): Promise<Task<unknown>> {
    const task = await by.do(() =>
      Task.async(async (context) => {
        context.trapExit(true);
        await context.receive();
        return last();
      }),
    );
    await world.quiet();
    return task;
  }

  it('takes the result that a task gives when told to end', async () => {
    const plain = new Probe();
    const task = await stubborn(plain, () => 8);
    expect(await plain.do(() => task.shutdown())).toEqual({ ok: true, value: 8 });
    expect(await plain.mail()).toEqual([]);
  });

  it('kills a task that takes too long', async () => {
    const task = await stubborn(owner, forEver);
    const stopped = owner.do(() => task.shutdown(50));
    await world.pass(49);
    expect(isAlive(task.pid as Pid)).toBe(true);
    await world.pass(1);
    expect(await stopped).toEqual({ ok: false, reason: 'killed' });
    expect(await owner.mail()).toEqual([]);
  });

  it('waits for ever with infinity', async () => {
    const task = await stubborn(owner, async () => sleep(100_000).then(() => 9));
    const stopped = owner.do(() => task.shutdown('infinity'));
    await world.pass(100_000);
    expect(await stopped).toEqual({ ok: true, value: 9 });
  });

  it('tells another reason', async () => {
    const task = await stubborn(new Probe({ trapExit: true }), crash);
    expect(await Promise.resolve(task.shutdown())).toEqual({ ok: false, reason: 'boom' });
    for (const [how, reason, result] of [
      ['brutalKill', 'shutdown', { ok: false, reason: 'shutdown' }],
      [100, 'shutdown', undefined],
      [100, 'boom', { ok: false, reason: 'boom' }],
    ] as const) {
      const ended = await owner.do(() => Task.async(() => exit(reason)));
      await world.quiet();
      expect(await owner.do(() => ended.shutdown(how))).toEqual(result);
    }
  });
});

describe('ignore', () => {
  it('lets the task run on, unlinked, and drops its result', async () => {
    const plain = new Probe();
    const ran: string[] = [];
    const task = await plain.do(() =>
      Task.async(async () => {
        await sleep(10);
        ran.push('ran');
        return exit('boom');
      }),
    );
    expect(await plain.do(() => task.ignore())).toBeUndefined();
    await world.pass(10);
    expect(ran).toEqual(['ran']);
    expect(isAlive(plain.pid)).toBe(true);
    expect(await plain.mail()).toEqual([]);
  });

  it('tells what has come already', async () => {
    const done = await owner.do(() => Task.async(() => 7));
    const crashed = await owner.do(() => Task.async(crash));
    await world.quiet();
    expect(await owner.do(() => done.ignore())).toEqual({ ok: true, value: 7 });
    expect(await owner.do(() => crashed.ignore())).toEqual({ ok: false, reason: 'boom' });
  });
});

describe('several tasks', () => {
  const after = (ms: number) => Task.async(async () => sleep(ms).then(() => ms));

  it('awaitMany gives the results in order', async () => {
    const all = owner.do(() => Task.awaitMany([after(20), Task.async(() => 'x'), Task.completed(true)]));
    await world.pass(20);
    expect(await all).toEqual([20, 'x', true]);
    expect(await owner.do(() => Task.awaitMany([]))).toEqual([]);
  });

  it('awaitMany fails with the first that crashes, or when time is over', async () => {
    await expect(owner.do(() => Task.awaitMany([after(1000), Task.async(crash)]))).rejects.toMatchObject({ code: 'exit', reason: 'boom' });
    const late = owner.do(() => Task.awaitMany([after(10), after(60), after(70)], 50).catch((error: unknown) => error));
    await world.pass(50);
    expect(await late).toMatchObject({ code: 'timeout' });
    await world.pass(1000);
    expect((await owner.mail()).every((message) => (message as { type: string }).type === 'EXIT')).toBe(true);
  });

  it('yieldMany tells what has come of each in that time', async () => {
    const tasks = await owner.do(() => [Task.async(() => 1), Task.async(crash), after(80)] as Task<number>[]);
    const results = owner.do(() => Task.yieldMany(tasks, 50));
    await world.pass(50);
    expect((await results).map(([, result]) => result)).toEqual([{ ok: true, value: 1 }, { ok: false, reason: 'boom' }, undefined]);
    const again = owner.do(() => Task.yieldMany(tasks.slice(2), 50));
    await world.pass(50);
    expect(await again).toEqual([[tasks[2], { ok: true, value: 80 }]]);
  });

  /** The owner traps exits, so each end of a task that is linked to it is a message as well. */
  const isNoExit = (message: unknown): boolean => (message as { type: string }).type !== 'EXIT';

  it('yieldMany ends as soon as `limit` tasks are over, and can be asked again', async () => {
    const tasks = await owner.do(() => [after(30), after(10), after(20)]);
    const two = owner.do(() => Task.yieldMany(tasks, { limit: 2, onTimeout: 'killTask' }));
    await world.pass(20);
    expect((await two).map(([, result]) => result)).toEqual([undefined, { ok: true, value: 10 }, { ok: true, value: 20 }]);
    const last = owner.do(() => Task.yieldMany(tasks.slice(0, 1), { limit: 1 }));
    await world.pass(10);
    expect(await last).toEqual([[tasks[0], { ok: true, value: 30 }]]);
    expect((await owner.mail()).filter(isNoExit)).toEqual([]);
  });

  it('yieldMany leaves the results that came beyond `limit`', async () => {
    const tasks = await owner.do(() => [Task.async(() => 1), Task.async(() => 2)]);
    await world.quiet();
    const one = await owner.do(() => Task.yieldMany(tasks, { limit: 1 }));
    expect(one.map(([, result]) => result)).toEqual([{ ok: true, value: 1 }, undefined]);
    expect(await owner.do(() => (tasks[1] as Task<number>).await())).toBe(2);
  });

  it.each([
    ['nothing', 1],
    ['ignore', 1],
    ['killTask', 0],
  ] as const)('yieldMany can deal with tasks that are late: %s', async (onTimeout, running) => {
    const before = world.alive;
    const tasks = await owner.do(() => [after(10), after(100)]);
    const results = owner.do(() => Task.yieldMany(tasks, { timeoutMs: 50, onTimeout }));
    await world.pass(50);
    expect((await results).map(([, result]) => result)).toEqual([{ ok: true, value: 10 }, undefined]);
    expect(world.alive - before).toBe(running);
    await world.pass(100);
    expect((await owner.mail()).filter(isNoExit)).toHaveLength(onTimeout === 'nothing' ? 2 : 0); // the result, and the end
  });

  it('yieldMany refuses options that are none', async () => {
    const bad = (options: object) => owner.do(() => Task.yieldMany([after(1)], options));
    await expect(bad({ limit: 0 })).rejects.toThrow('limit: expected an integer from 1, got 0');
    await expect(bad({ onTimeout: 'kill' })).rejects.toThrow("onTimeout: expected 'nothing', 'ignore', 'killTask', got kill");
    await expect(bad({ timeoutMs: -1 })).rejects.toThrow('expected milliseconds from 0, got -1');
  });

  it('refuse a task that is there twice', async () => {
    await expect(
      owner.do(() => {
        const task = after(1);
        return Task.awaitMany([task, task]);
      }),
    ).rejects.toMatchObject({ code: 'badarg' });
  });
});

describe('completed', () => {
  it('has its value already', async () => {
    const task = await owner.do(() => Task.completed(5));
    expect(task.pid).toBeUndefined();
    expect(await owner.do(() => task.await())).toBe(5);
    await expect(owner.do(() => task.await())).rejects.toMatchObject({ code: 'badarg' });
  });
});

describe('start and startLink', () => {
  it('run a function for its effects', async () => {
    const ran: Pid[] = [];
    const pid = Task.start(() => void ran.push(self()));
    await world.quiet();
    expect(ran).toEqual([pid]);
    expect(isAlive(pid)).toBe(false);
  });

  it('startLink links', async () => {
    const plain = new Probe();
    const end = world.ended(plain.pid);
    await plain.do(() => Task.startLink(async () => sleep(10).then(crash)));
    await world.pass(10);
    expect(await end).toBe('boom');
    expect(() => Task.startLink(() => {})).toThrow(expect.objectContaining({ code: 'no_process' }));
  });

  it('start does not', async () => {
    await owner.do(() => Task.start(crash));
    await world.quiet();
    expect(await owner.mail()).toEqual([]);
  });
});

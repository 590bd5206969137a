import { exit, GenServer, ignore, isAlive, type Ref, type StartFunction, Supervisor, sleep, stop, supervise } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { childPid, type InitStep, Tree, Worker, type WorkerArgs } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let log: string[];
beforeEach(() => {
  log = [];
});

function worker(id: string, ...init: InitStep[]): { start: typeof Worker; id: string; args: WorkerArgs } {
  return { start: Worker, id, args: { id, log, trapExit: true, ...(init.length > 0 ? { init } : {}) } };
}

describe('the start of a supervisor', () => {
  it.each([
    ['stop', 'refused'],
    ['throw', expect.objectContaining({ message: 'init failed' })],
  ] as const)('fails when a child cannot start (%s), after stopping those before it in reverse', async (how, reason) => {
    const failed = Tree.start(supervise({ children: [worker('a'), worker('b'), worker('c', how), worker('d')] }));
    await expect(failed).rejects.toMatchObject({
      code: 'init_failed',
      reason: { shutdown: { failed_to_start_child: 'c', reason } },
    });
    expect(log).toEqual(['+a', '+b', '-b: shutdown', '-a: shutdown']);
    expect(world.alive).toBe(0);
  });

  it('keeps a child that answers ignore as one that does not run', async () => {
    const ref = await Tree.start(supervise({ children: [worker('a'), worker('b', 'ignore'), worker('c')] }));
    expect(log).toEqual(['+a', '+c']);
    expect(await Tree.whichChildren(ref)).toMatchObject([{ id: 'a' }, { id: 'b', pid: undefined }, { id: 'c' }]);
    expect(await Tree.countChildren(ref)).toEqual({ specs: 3, active: 2, supervisors: 0, workers: 3 });
  });

  it('forgets a temporary child that answers ignore', async () => {
    const ref = await Tree.start(supervise({ children: [{ ...worker('b', 'ignore'), restart: 'temporary' }, worker('c')] }));
    expect(await Tree.whichChildren(ref)).toMatchObject([{ id: 'c' }]);
  });

  it('fails when the name of a child is taken', async () => {
    const holder = new Probe({ name: 'taken' });
    const failed = Tree.start(supervise({ children: [{ ...worker('a'), name: 'taken' }] }));
    await expect(failed).rejects.toMatchObject({
      reason: { shutdown: { failed_to_start_child: 'a', reason: 'already_started' } },
    });
    expect(isAlive(holder.pid)).toBe(true);
  });

  it('takes an async init', async () => {
    class Later extends Supervisor {
      override async init() {
        await sleep(10);
        return supervise({ children: [worker('a')] });
      }
    }
    const started = Later.start();
    await world.pass(10);
    expect(isAlive(await started)).toBe(true);
    expect(log).toEqual(['+a']);
  });

  it('may be ignored, refused, or fail', async () => {
    class Choosy extends Supervisor {
      override init(how: string) {
        if (how === 'ignore') return ignore();
        if (how === 'throw') throw new Error('no');
        return (how === 'stop' ? stop('no') : 42) as never;
      }
    }
    expect(await Choosy.start('ignore')).toBeUndefined();
    await expect(Choosy.start('stop')).rejects.toMatchObject({ code: 'init_failed', reason: 'no' });
    await expect(Choosy.start('throw')).rejects.toMatchObject({ code: 'init_failed', reason: { message: 'no' } });
    await expect(Choosy.start('number')).rejects.toMatchObject({ code: 'init_failed', reason: { bad_return_value: 42 } });
    expect(world.alive).toBe(0);
  });

  it('is given up, and its children stopped, when its parent ends', async () => {
    const parent = new Probe();
    parent.tell((context) => context.startLink(Tree, supervise({ children: [worker('a'), worker('b', 'slow')] })));
    await world.quiet();
    exit(parent.pid, 'shutdown');
    await world.pass(10);
    expect(world.alive).toBe(0);
    expect(log).toEqual(['+a', '+b', '-b: shutdown', '-a: shutdown']);
  });
});

describe('a child with a start function', () => {
  class Plain extends GenServer {}
  const start = async (run: StartFunction): Promise<Ref<Tree>> =>
    Tree.start(supervise({ children: [{ id: 'custom', start: run, restart: 'transient' }] }));

  it('is what the function answers, sync or async, restarted by calling it again', async () => {
    let calls = 0;
    const ref = await start(() => {
      calls++;
      return Plain.startLink();
    });
    const before = await childPid(ref, 'custom');
    exit(before, 'boom');
    await world.quiet();
    expect(await childPid(ref, 'custom')).not.toBe(before);
    expect(calls).toBe(2);
  });

  it('stands among classes, in the order of the list', async () => {
    const order: string[] = [];
    class Noting extends GenServer {
      override init({ id }: { id: string }): void {
        order.push(id);
      }
    }
    const custom = () => {
      order.push('custom');
      return Plain.startLink();
    };
    const ref = await Tree.start(
      supervise({
        strategy: 'restForOne',
        children: [
          { start: Noting, id: 'a', args: { id: 'a' } },
          { id: 'custom', start: custom },
          { start: Noting, id: 'b', args: { id: 'b' } },
        ],
      }),
    );
    expect(order).toEqual(['a', 'custom', 'b']);
    exit(await childPid(ref, 'custom'), 'boom');
    await world.quiet();
    expect(order).toEqual(['a', 'custom', 'b', 'custom', 'b']);
  });

  it('runs in the supervisor', async () => {
    const ref = await start(async () => Plain.startLink());
    const child = await childPid(ref, 'custom');
    exit(ref, 'kill');
    await world.quiet();
    expect(isAlive(child)).toBe(false);
  });

  it('may answer undefined for ignore', async () => {
    const ref = await start(() => undefined);
    expect(await Tree.whichChildren(ref)).toMatchObject([{ id: 'custom', pid: undefined }]);
  });

  it('fails the start with what the function throws or answers wrongly', async () => {
    const failure = (reason: unknown) => ({ reason: { shutdown: { failed_to_start_child: 'custom', reason } } });
    const boom = new Error('boom');
    await expect(
      start(() => {
        throw boom;
      }),
    ).rejects.toMatchObject(failure(boom));
    await expect(start(() => Promise.reject(boom))).rejects.toMatchObject(failure(boom));
    await expect(start(() => 42 as never)).rejects.toMatchObject(failure(42));
    await expect(start(() => Promise.resolve(null) as never)).rejects.toMatchObject(failure(null));
  });

  it('gives the information it answers to who asked for the child', async () => {
    const ref = await Tree.start(supervise({ children: [] }));
    const started = await Tree.startChild(ref, {
      id: 'custom',
      start: async () => ({ ref: await Plain.startLink(), info: 'extra' }),
    });
    expect(started).toBe(await childPid(ref, 'custom'));
  });
});

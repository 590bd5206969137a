import {
  exit,
  GenServer,
  type Pid,
  type Ref,
  type Restart,
  type Strategy,
  Supervisor,
  type SupervisorSpec,
  supervise,
  whereis,
} from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { childPid, Tree, Worker, type WorkerArgs } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let log: string[];
beforeEach(() => {
  log = [];
});

function worker(id: string, more: Partial<WorkerArgs> = {}): { start: typeof Worker; id: string; args: WorkerArgs } {
  return { start: Worker, id, args: { id, log, ...more } };
}

function tree(strategy: Strategy, ...ids: string[]): SupervisorSpec {
  return supervise({ strategy, children: ids.map((id) => worker(id, { trapExit: true })) });
}

async function crash(supervisor: Pid, id: string, reason: string): Promise<void> {
  ((await childPid(supervisor, id)) as Ref<Worker>).cast('crash', reason);
  await world.quiet();
}

describe('a supervisor', () => {
  it('starts its children in order, each when the one before is done', async () => {
    const started = Tree.start(
      supervise({
        children: [worker('a', { init: ['slow'] }), worker('b'), worker('c', { init: ['slow'] })],
      }),
    );
    await world.quiet();
    expect(log).toEqual([]);
    await world.pass(10);
    expect(log).toEqual(['+a', '+b']);
    await world.pass(10);
    await started;
    expect(log).toEqual(['+a', '+b', '+c']);
  });

  it('runs children without arguments given as bare classes', async () => {
    class Plain extends GenServer {}
    const ref = await Tree.start(supervise({ children: [Plain] }));
    expect((await childPid(ref, 'Plain')).serial).toBeGreaterThanOrEqual(0);
  });

  it('gives a restarted child its arguments and name again, as a new instance', async () => {
    class Counter extends GenServer {
      n = 0;
      override init({ start }: { start: number }): void {
        this.n = start;
      }
      add(): number {
        return ++this.n;
      }
    }
    await Tree.start(supervise({ children: [{ start: Counter, args: { start: 10 }, name: 'counter' }] }));
    const before = whereis('counter') as Pid;
    expect(await Counter.at('counter').call('add')).toBe(11);
    exit(before, 'kill');
    await world.quiet();
    expect(whereis('counter')).not.toBe(before);
    expect(await Counter.at('counter').call('add')).toBe(11);
  });

  it('may be the child of another', async () => {
    const inner = tree('oneForOne', 'x', 'y');
    const ref = await Tree.start(supervise({ children: [worker('a'), { start: Tree, id: 'inner', args: inner }] }));
    await crash(await childPid(ref, 'inner'), 'x', 'boom');
    expect(log).toEqual(['+a', '+x', '+y', '-x: boom', '+x']);
    exit(await childPid(ref, 'inner'), 'kill');
    await world.quiet();
    expect(log.slice(5, 7).sort()).toEqual(['-x: killed', '-y: killed']);
    expect(log.slice(7)).toEqual(['+x', '+y']);
  });
});

describe('oneForOne', () => {
  it('restarts only the child that ended', async () => {
    const ref = await Tree.start(tree('oneForOne', 'a', 'b', 'c'));
    const others = [await childPid(ref, 'a'), await childPid(ref, 'c')];
    await crash(ref, 'b', 'boom');
    expect(log).toEqual(['+a', '+b', '+c', '-b: boom', '+b']);
    expect([await childPid(ref, 'a'), await childPid(ref, 'c')]).toEqual(others);
  });

  it.each([3, 20])('knows each of %i children by its latest pid, in whatever order they end', async (count) => {
    const ids = Array.from({ length: count }, (_, i) => `child ${i}`);
    const children = ids.map((id) => worker(id));
    const ref = await Tree.start(supervise({ maxRestarts: 3 * count, children }));
    const pids = await Promise.all(ids.map((id) => childPid(ref, id)));
    const all = new Set(pids);
    for (let round = 1; round <= 2; round++) {
      const order = ids.map((_, at) => (at * 7 + round) % count);
      for (const at of order) exit(pids[at] as Pid, 'kill');
      await world.quiet();
      expect(log.splice(count)).toEqual(order.map((at) => `+${ids[at]}`));
      for (const [at, id] of ids.entries()) all.add((pids[at] = await childPid(ref, id)));
    }
    expect(all.size).toBe(3 * count);
    exit(pids[0] as Pid, 'kill');
    await Supervisor.terminateChild(ref, ids[1] as string);
    await world.quiet();
    expect(log.slice(count)).toEqual(['+child 0']);
    expect(await Supervisor.countChildren(ref)).toMatchObject({ active: count - 1, specs: count });
  });
});

describe('oneForAll', () => {
  it('stops the others, the last first, and starts all in order', async () => {
    const ref = await Tree.start(tree('oneForAll', 'a', 'b', 'c'));
    await crash(ref, 'b', 'boom');
    expect(log).toEqual(['+a', '+b', '+c', '-b: boom', '-c: shutdown', '-a: shutdown', '+a', '+b', '+c']);
  });
});

describe('restForOne', () => {
  it('stops those started after it, the last first, and starts them again', async () => {
    const ref = await Tree.start(tree('restForOne', 'a', 'b', 'c', 'd'));
    await crash(ref, 'b', 'boom');
    expect(log).toEqual(['+a', '+b', '+c', '+d', '-b: boom', '-d: shutdown', '-c: shutdown', '+b', '+c', '+d']);
  });
});

describe('a failed restart', () => {
  it.each([
    ['restForOne', ['+b']],
    ['oneForAll', ['-a: shutdown', '+a', '+b']],
  ] as const)('of %s is tried again from where that strategy says', async (strategy, again) => {
    const a = worker('a', { trapExit: true });
    const b = worker('b', { trapExit: true, init: ['ok', 'throw', 'ok'] });
    const ref = await Tree.start(supervise({ strategy, maxRestarts: 2, children: [a, b] }));
    await crash(ref, 'a', 'boom');
    expect(log).toEqual(['+a', '+b', '-a: boom', '-b: shutdown', '+a', ...again]);
  });
});

describe('restart', () => {
  const REASONS: [string, Restart, boolean][] = [
    ['normal', 'permanent', true],
    ['shutdown', 'permanent', true],
    ['boom', 'permanent', true],
    ['kill', 'permanent', true],
    ['normal', 'transient', false],
    ['shutdown', 'transient', false],
    ['boom', 'transient', true],
    ['kill', 'transient', true],
    ['normal', 'temporary', false],
    ['shutdown', 'temporary', false],
    ['boom', 'temporary', false],
    ['kill', 'temporary', false],
  ];

  it.each(REASONS)('after %s of a %s child: %s', async (reason, restart, restarted) => {
    const ref = await Tree.start(supervise({ children: [{ ...worker('a'), restart }, worker('b')] }));
    if (reason === 'kill') exit(await childPid(ref, 'a'), 'kill');
    else await crash(ref, 'a', reason);
    await world.quiet();
    expect(log.filter((entry) => entry === '+a')).toHaveLength(restarted ? 2 : 1);
    const ids = (await Tree.whichChildren(ref)).map(({ id, pid }) => [id, pid !== undefined]);
    expect(ids).toEqual(
      restart === 'temporary'
        ? [['b', true]]
        : [
            ['a', restarted],
            ['b', true],
          ],
    );
  });

  it('after { shutdown: why } of a transient child is not done', async () => {
    const ref = await Tree.start(supervise({ children: [{ ...worker('a'), restart: 'transient' }] }));
    ((await childPid(ref, 'a')) as Ref<Worker>).cast('crash', { shutdown: 'enough' });
    await world.quiet();
    expect(log).toEqual(['+a', '-a: [object Object]']);
  });

  it('under oneForAll does not bring a temporary child back', async () => {
    const ref = await Tree.start(
      supervise({ strategy: 'oneForAll', children: [worker('a'), { ...worker('b'), restart: 'temporary' }, worker('c')] }),
    );
    await crash(ref, 'a', 'boom');
    expect(log.slice(4)).toEqual(['+a', '+c']);
    expect((await Tree.whichChildren(ref)).map(({ id }) => id)).toEqual(['a', 'c']);
  });
});

import { type Pid, type Ref, type SupervisorSpec, supervise } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { childPid, Tree, Worker, type WorkerArgs } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let log: string[];
beforeEach(() => {
  log = [];
});

function spec(maxRestarts: number | undefined, maxSeconds: number | undefined, more: Partial<WorkerArgs> = {}): SupervisorSpec {
  return supervise({
    ...(maxRestarts === undefined ? {} : { maxRestarts }),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    children: [
      { start: Worker, id: 'a', args: { id: 'a', log, ...more } },
      { start: Worker, id: 'b', args: { id: 'b', log, trapExit: true } },
    ],
  });
}

async function crash(supervisor: Pid): Promise<void> {
  ((await childPid(supervisor, 'a')) as Ref<Worker>).cast('crash', 'boom');
  await world.quiet();
}

describe('restart intensity', () => {
  it('is 3 in 5 seconds by default: the fourth ends the supervisor with shutdown', async () => {
    const ref = await Tree.start(spec(undefined, undefined));
    const end = world.ended(ref);
    for (let i = 0; i < 3; i++) await crash(ref);
    expect(log.filter((entry) => entry === '+a')).toHaveLength(4);
    await crash(ref);
    expect(await end).toBe('shutdown');
    expect(log.filter((entry) => entry === '+a')).toHaveLength(4);
    expect(log.at(-1)).toBe('-b: shutdown');
    expect(world.alive).toBe(0);
  });

  it('counts the last maxSeconds only', async () => {
    const ref = await Tree.start(spec(1, 5));
    const end = world.ended(ref);
    await crash(ref);
    await world.pass(5001);
    await crash(ref);
    await world.pass(5000);
    await crash(ref);
    expect(await end).toBe('shutdown');
  });

  it('of 0 allows no restart at all', async () => {
    const ref = await Tree.start(spec(0, 1));
    const end = world.ended(ref);
    await crash(ref);
    expect(await end).toBe('shutdown');
    expect(log.filter((entry) => entry === '+a')).toHaveLength(1);
  });

  it('counts a restart that fails, and tries it again until it is too much', async () => {
    const ref = await Tree.start(spec(5, 5, { init: ['ok', 'throw', 'throw', 'ok', 'throw'] }));
    const end = world.ended(ref);
    await crash(ref);
    expect(log.filter((entry) => entry === '+a')).toHaveLength(2);
    await crash(ref);
    expect(await end).toBe('shutdown');
  });

  it('lets requests through between attempts, which see the child restarting', async () => {
    const init: WorkerArgs['init'] = ['ok', 'throw', 'ok'];
    const ref = await Tree.start(spec(5, 5, { init }));
    const pid = (await childPid(ref, 'a')) as Ref<Worker>;
    const end = world.ended(pid);
    pid.cast('crash', 'boom');
    await end;
    const during = Tree.whichChildren(ref);
    await world.quiet();
    expect((await during)[0]).toMatchObject({ id: 'a', pid: 'restarting' });
    expect((await Tree.whichChildren(ref))[0]?.pid).toBeTypeOf('object');
  });

  it('does not count what is not restarted', async () => {
    const ref = await Tree.start(
      supervise({
        maxRestarts: 1,
        children: ['a', 'b', 'c'].map((id) => ({ start: Worker, id, args: { id, log }, restart: 'temporary' as const })),
      }),
    );
    for (const id of ['a', 'b', 'c']) ((await childPid(ref, id)) as Ref<Worker>).cast('crash', 'boom');
    await world.quiet();
    expect(await Tree.countChildren(ref)).toMatchObject({ specs: 0 });
  });

  it('passed ends the supervisor above it only if that one has enough too', async () => {
    const root = await Tree.start(supervise({ maxRestarts: 1, maxSeconds: 5, children: [{ start: Tree, id: 'inner', args: spec(0, 5) }] }));
    const end = world.ended(root);
    await crash(await childPid(root, 'inner'));
    expect(log).toEqual(['+a', '+b', '-a: boom', '-b: shutdown', '+a', '+b']);
    await crash(await childPid(root, 'inner'));
    expect(await end).toBe('shutdown');
  });
});

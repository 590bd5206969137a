import { exit, type Pid, type Ref, Supervisor, supervise } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { type InitStep, Tree, Worker, type WorkerArgs } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let log: string[];
let ref: Ref<Tree>;
beforeEach(async () => {
  log = [];
  const args: WorkerArgs = { id: 'template', log, trapExit: true };
  ref = await Tree.start(
    supervise({ strategy: 'simpleOneForOne', maxRestarts: 3, children: [{ start: Worker, id: 'worker', args, restart: 'transient' }] }),
  );
});

/** What goes over the template's arguments is all that `startChild` takes. */
function start(args: { id: string; init?: InitStep[] }): Promise<Ref<Worker> | undefined> {
  return Supervisor.startChild(ref, args as never) as Promise<Ref<Worker> | undefined>;
}

describe('simpleOneForOne', () => {
  it('starts nothing by itself, and any number of children from its template', async () => {
    expect(log).toEqual([]);
    for (const id of ['x', 'y', 'z']) await start({ id });
    expect(log).toEqual(['+x', '+y', '+z']);
    expect(await Tree.countChildren(ref)).toEqual({ specs: 1, active: 3, supervisors: 0, workers: 3 });
    expect((await Tree.whichChildren(ref)).map(({ id }) => id)).toEqual([undefined, undefined, undefined]);
  });

  it('restarts a child with the arguments that it was started with', async () => {
    const x = (await start({ id: 'x' })) as Ref<Worker>;
    x.cast('crash', 'boom');
    await world.quiet();
    expect(log).toEqual(['+x', '-x: boom', '+x']);
    expect(await Tree.countChildren(ref)).toMatchObject({ active: 1 });
  });

  it('tries a failed restart again', async () => {
    const x = (await start({ id: 'x', init: ['ok', 'throw', 'ok'] })) as Ref<Worker>;
    x.cast('crash', 'boom');
    await world.quiet();
    expect(log).toEqual(['+x', '-x: boom', '+x']);
  });

  it('counts each try of a failed restart', async () => {
    const end = world.ended(ref);
    const inits: InitStep[] = ['ok', 'throw'];
    const x = (await start({ id: 'x', init: inits })) as Ref<Worker>;
    x.cast('crash', 'boom');
    await world.quiet();
    expect(await end).toBe('shutdown');
    expect(log).toEqual(['+x', '-x: boom']);
  });

  it('forgets a child that ended for good, and one that answers ignore', async () => {
    const x = (await start({ id: 'x' })) as Ref<Worker>;
    x.cast('crash', 'normal');
    expect(await start({ id: 'y', init: ['ignore'] })).toBeUndefined();
    await world.quiet();
    expect(await Tree.countChildren(ref)).toMatchObject({ specs: 1, active: 0, workers: 0 });
  });

  it('stops a child by its pid', async () => {
    const x = (await start({ id: 'x' })) as Pid;
    await Tree.terminateChild(ref, x);
    expect(log).toEqual(['+x', '-x: shutdown']);
    await Tree.terminateChild(ref, x);
  });

  it('refuses what needs an id', async () => {
    const error = { name: 'ChildError', code: 'simple_one_for_one' };
    await expect(Tree.terminateChild(ref, 'worker')).rejects.toMatchObject(error);
    await expect(Tree.restartChild(ref, 'worker')).rejects.toMatchObject(error);
    await expect(Tree.deleteChild(ref, 'worker')).rejects.toMatchObject(error);
  });

  it('answers the template for its id and for a child', async () => {
    const x = (await start({ id: 'x' })) as Pid;
    expect(await Tree.getChildSpec(ref, 'worker')).toMatchObject({ id: 'worker', restart: 'transient' });
    expect(await Tree.getChildSpec(ref, x)).toMatchObject({ id: 'worker' });
    await expect(Tree.getChildSpec(ref, 'other')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('ends when restarts are too many, and stops all children', async () => {
    const end = world.ended(ref);
    await start({ id: 'y' });
    for (let i = 0; i < 4; i++) exit((await start({ id: 'x' })) as Pid, 'kill');
    await world.quiet();
    expect(await end).toBe('shutdown');
    expect(world.alive).toBe(0);
  });
});

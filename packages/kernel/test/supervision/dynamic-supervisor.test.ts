import {
  type Child,
  DynamicSupervisor,
  exit,
  GenServer,
  ignore,
  isAlive,
  type Pid,
  type Ref,
  type SupervisorRef,
  self,
  supervise,
} from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { Tree, Worker, type WorkerArgs } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let log: string[];
beforeEach(() => {
  log = [];
});

class Workers extends DynamicSupervisor<Worker> {}
class Few extends DynamicSupervisor<Worker> {
  override init({ maxChildren = 2, maxRestarts = 3 }: { maxChildren?: number; maxRestarts?: number }) {
    return { maxChildren, maxRestarts };
  }
}

function worker(id: string, more: Partial<WorkerArgs> = {}): { start: typeof Worker; args: WorkerArgs } {
  return { start: Worker, args: { id, log, trapExit: true, ...more } };
}

/** Starts a child whose `init` is known not to answer ignore. */
async function start(supervisor: SupervisorRef, child: Child<Worker>): Promise<Ref<Worker>> {
  return (await Workers.startChild(supervisor, child)) as Ref<Worker>;
}

describe('DynamicSupervisor', () => {
  it('starts children on demand and answers their references', async () => {
    await Workers.start(undefined, { name: 'workers' });
    const x = await Workers.startChild('workers', worker('x'));
    const y = await Workers.startChild(Workers.at('workers'), worker('y'));
    expect(log).toEqual(['+x', '+y']);
    expect(await Workers.whichChildren('workers')).toEqual([
      { id: undefined, pid: x, type: 'worker' },
      { id: undefined, pid: y, type: 'worker' },
    ]);
    expect(await Workers.countChildren('workers')).toEqual({ specs: 2, active: 2, supervisors: 0, workers: 2 });
  });

  it('restarts a child by its own spec', async () => {
    const ref = await Workers.start();
    const ends = [
      await start(ref, worker('permanent')),
      await start(ref, { ...worker('transient'), restart: 'transient' }),
      await start(ref, { ...worker('temporary'), restart: 'temporary' }),
    ];
    for (const pid of ends) pid.cast('crash', 'normal');
    await world.quiet();
    expect(log.slice(6)).toEqual(['+permanent']);
    expect(await Workers.countChildren(ref)).toMatchObject({ specs: 1, active: 1 });
  });

  it('registers a child that has a name, again after a restart', async () => {
    const ref = await Workers.start();
    const x = await start(ref, { ...worker('x'), name: 'x' });
    await expect(Workers.startChild(ref, { ...worker('x'), name: 'x' })).rejects.toMatchObject({ code: 'already_started', pid: x });
    exit(x, 'kill');
    await world.quiet();
    expect(isAlive(Worker.whereis('x') as Pid)).toBe(true);
  });

  it('refuses more than maxChildren', async () => {
    const ref = await Few.start({});
    const x = await start(ref, worker('x'));
    await Few.startChild(ref, worker('y'));
    await expect(Few.startChild(ref, worker('z'))).rejects.toMatchObject({ name: 'StartError', code: 'max_children' });
    await Few.terminateChild(ref, x);
    await Few.startChild(ref, worker('z'));
    expect(log).toEqual(['+x', '+y', '-x: shutdown', '+z']);
  });

  it('rejects when a child cannot start, and keeps nothing of it', async () => {
    const ref = await Workers.start();
    await expect(Workers.startChild(ref, worker('x', { init: ['throw'] }))).rejects.toMatchObject({
      code: 'init_failed',
      reason: { message: 'init failed' },
    });
    expect(await Workers.startChild(ref, worker('x', { init: ['ignore'] }))).toBeUndefined();
    expect(await Workers.countChildren(ref)).toMatchObject({ specs: 0 });
  });

  it('refuses a bad spec and lives on', async () => {
    const ref = await Workers.start();
    await expect(Workers.startChild(ref, { start: Date } as never)).rejects.toMatchObject({ code: 'bad_child_spec' });
    await start(ref, worker('x'));
  });

  it('stops a child by its pid; rejects with not_found for another', async () => {
    const ref = await Workers.start();
    const x = await start(ref, worker('x'));
    await Workers.terminateChild(ref, x);
    expect(log).toEqual(['+x', '-x: shutdown']);
    await expect(Workers.terminateChild(ref, x)).rejects.toMatchObject({ code: 'not_found' });
    await expect(Workers.terminateChild(ref, new Probe().pid)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('stops all children side by side', async () => {
    const ref = await Workers.start();
    for (const id of ['x', 'y', 'z']) await Workers.startChild(ref, worker(id, { terminateMs: 100 }));
    const stopped = GenServer.stop(ref);
    await world.pass(100);
    await stopped;
    expect(log.slice(3).sort()).toEqual(['-x: shutdown', '-y: shutdown', '-z: shutdown']);
    expect(world.alive).toBe(0);
  });

  it('ends when restarts are too many', async () => {
    const ref = await Few.start({ maxChildren: 100, maxRestarts: 2 });
    const end = world.ended(ref);
    await Few.startChild(ref, worker('y'));
    for (let i = 0; i < 3; i++) exit(await start(ref, worker('x')), 'kill');
    await world.quiet();
    expect(await end).toBe('shutdown');
    expect(world.alive).toBe(0);
  });

  it.each([{ maxChildren: -1 }, { maxRestarts: Number.NaN }])('refuses bad options: %o', async (options) => {
    await expect(Few.start(options)).rejects.toMatchObject({ code: 'init_failed', reason: { code: 'bad_option' } });
  });

  it('is a child like any other', async () => {
    const ref = await Tree.start(supervise({ children: [{ start: Workers, name: 'workers' }] }));
    await Workers.startChild('workers', worker('x'));
    await GenServer.stop(ref);
    expect(log).toEqual(['+x', '-x: shutdown']);
  });
});

describe('ensureChild', () => {
  class Never extends GenServer {
    override init() {
      return ignore();
    }
  }
  class Nevers extends DynamicSupervisor<Never> {}
  const named = (name: string) => ({ ...worker(name), name });

  it('starts one process, however many ask for it at once, and gives all of them its name', async () => {
    await Workers.start(undefined, { name: 'workers' });
    const refs = await Promise.all(Array.from({ length: 5 }, () => Workers.ensureChild('workers', named('x'))));
    expect(log).toEqual(['+x']);
    refs.push(await Workers.ensureChild('workers', named('x')));
    expect(log).toEqual(['+x']);
    exit(Worker.whereis('x') as Ref<Worker>, 'kill');
    await world.quiet();
    expect(log).toEqual(['+x', '+x']);
    for (const ref of refs) ref.cast('crash', 'normal');
    await world.quiet();
    expect(log.filter((line) => line === '+x').length).toBeGreaterThan(2);
  });

  it('starts again what has ended for good', async () => {
    await Workers.start(undefined, { name: 'workers' });
    const ref = await Workers.ensureChild('workers', { ...named('x'), restart: 'temporary' });
    ref.cast('crash', 'normal');
    await world.quiet();
    expect(Worker.whereis('x')).toBeUndefined();
    await Workers.ensureChild('workers', { ...named('x'), restart: 'temporary' });
    expect(Worker.whereis('x')).toBeDefined();
  });

  it('leaves who asks the process that it is', async () => {
    await Workers.start(undefined, { name: 'workers' });
    class Asker extends GenServer {
      async ask(): Promise<boolean> {
        await Workers.ensureChild('workers', named('x'));
        const asStarter = self() === this.self;
        await Workers.ensureChild('workers', named('x'));
        return asStarter && self() === this.self;
      }
    }
    expect(await (await Asker.start()).call('ask')).toBe(true);
  });

  it('rejects when nobody could be started, and says whom', async () => {
    await Few.start({ maxChildren: 1 }, { name: 'few' });
    await Few.ensureChild('few', named('x'));
    await expect(Few.ensureChild('few', named('y'))).rejects.toMatchObject({
      code: 'max_children',
      message: "child 'y' could not be started: max children",
    });
    await Nevers.start(undefined, { name: 'nevers' });
    await expect(Nevers.ensureChild('nevers', { start: Never, name: 'never' })).rejects.toMatchObject({ code: 'ignore' });
    await expect(Few.ensureChild('nobody', named('z'))).rejects.toMatchObject({ code: 'noproc' });
  });

  it('wants a name', () => {
    expect(() => Workers.ensureChild('workers', worker('x') as never)).toThrow(
      expect.objectContaining({ code: 'bad_child_spec', message: expect.stringMatching(/^ensureChild: expected a child with a name/) }),
    );
  });
});

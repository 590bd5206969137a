import { ChildError, exit, type Ref, StartError, Supervisor, supervise, whereis } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { childPid, type InitStep, Tree, Worker, type WorkerArgs } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let log: string[];
let ref: Ref<Tree>;
beforeEach(async () => {
  log = [];
  ref = await Tree.start(supervise({ maxRestarts: 10, children: [worker('a')] }), { name: 'tree' });
});

function worker(id: string, ...init: InitStep[]): { start: typeof Worker; id: string; args: WorkerArgs } {
  return { start: Worker, id, args: { id, log, trapExit: true, ...(init.length > 0 ? { init } : {}) } };
}

async function ids(): Promise<unknown[]> {
  return (await Supervisor.whichChildren(ref)).map(({ id, pid }) => [id, pid === undefined ? 'stopped' : 'running']);
}

describe('startChild', () => {
  it('adds a child at the end, starts it and answers its reference', async () => {
    const b = await Tree.startChild(ref, worker('b'));
    expect(b).toBe(await childPid(ref, 'b'));
    expect(log).toEqual(['+a', '+b']);
    expect(await ids()).toEqual([
      ['a', 'running'],
      ['b', 'running'],
    ]);
  });

  it('takes the supervisor by name', async () => {
    await Supervisor.startChild('tree', worker('b'));
    await Supervisor.startChild(Tree.at('tree'), worker('c'));
    expect((await ids()).length).toBe(3);
    await expect(Supervisor.startChild('nobody', worker('b'))).rejects.toMatchObject({ code: 'noproc' });
  });

  it('refuses an id that runs, with its pid, and one that does not', async () => {
    const a = await childPid(ref, 'a');
    const started = Tree.startChild(ref, worker('a'));
    await expect(started).rejects.toBeInstanceOf(StartError);
    await expect(started).rejects.toMatchObject({ code: 'already_started', pid: a });
    await Tree.terminateChild(ref, 'a');
    await expect(Tree.startChild(ref, worker('a'))).rejects.toMatchObject({ code: 'already_present' });
  });

  it('rejects when the child cannot start, and does not keep it', async () => {
    await expect(Tree.startChild(ref, worker('b', 'throw'))).rejects.toMatchObject({
      code: 'init_failed',
      reason: { message: 'init failed' },
    });
    await expect(Tree.startChild(ref, worker('b', 'stop'))).rejects.toMatchObject({ code: 'init_failed', reason: 'refused' });
    expect(await ids()).toEqual([['a', 'running']]);
  });

  it('keeps a child that answers ignore, unless it is temporary', async () => {
    expect(await Tree.startChild(ref, worker('b', 'ignore'))).toBeUndefined();
    expect(await Tree.startChild(ref, { ...worker('c', 'ignore'), restart: 'temporary' })).toBeUndefined();
    expect(await ids()).toEqual([
      ['a', 'running'],
      ['b', 'stopped'],
    ]);
  });

  it('refuses a bad spec and lives on', async () => {
    await expect(Tree.startChild(ref, { start: Date } as never)).rejects.toMatchObject({ code: 'bad_child_spec' });
    await expect(Tree.startChild(ref, 42 as never)).rejects.toMatchObject({ code: 'bad_child_spec' });
    await expect(Tree.startChild(ref, { ...worker('b'), restart: 'always' } as never)).rejects.toMatchObject({ code: 'bad_child_spec' });
    expect(await ids()).toEqual([['a', 'running']]);
  });

  it('makes others wait until the child is there', async () => {
    const started = Tree.startChild(ref, worker('b', 'slow'));
    const after = Tree.whichChildren(ref);
    await world.pass(10);
    expect(await after).toHaveLength(2);
    await started;
  });

  it('leaves the running process known', async () => {
    const probe = new Probe({ trapExit: true });
    await probe.do(async () => {
      await Tree.startChild(ref, worker('b'));
      await Tree.startLink(supervise({ children: [] }));
    });
  });
});

describe('terminateChild', () => {
  it('stops the child and keeps its spec', async () => {
    await Tree.terminateChild(ref, 'a');
    expect(log).toEqual(['+a', '-a: shutdown']);
    expect(await ids()).toEqual([['a', 'stopped']]);
    await Tree.terminateChild(ref, 'a');
  });

  it('forgets a temporary child', async () => {
    await Tree.startChild(ref, { ...worker('b'), restart: 'temporary' });
    await Tree.terminateChild(ref, 'b');
    expect(await ids()).toEqual([['a', 'running']]);
  });

  it('rejects with not_found', async () => {
    const failed = Tree.terminateChild(ref, 'z');
    await expect(failed).rejects.toBeInstanceOf(ChildError);
    await expect(failed).rejects.toMatchObject({ code: 'not_found', message: 'child z: not found' });
  });
});

describe('restartChild', () => {
  it('starts a child that was stopped', async () => {
    await Tree.terminateChild(ref, 'a');
    expect(await Tree.restartChild(ref, 'a')).toBe(await childPid(ref, 'a'));
    expect(log).toEqual(['+a', '-a: shutdown', '+a']);
  });

  it('rejects with running and not_found', async () => {
    await expect(Tree.restartChild(ref, 'a')).rejects.toMatchObject({ name: 'ChildError', code: 'running' });
    await expect(Tree.restartChild(ref, 'z')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('rejects with restarting while the supervisor tries by itself', async () => {
    const b = (await Tree.startChild(ref, worker('b', 'ok', 'throw', 'ok'))) as Ref<Worker>;
    const end = world.ended(b);
    b.cast('crash', 'boom');
    await end;
    await expect(Tree.restartChild(ref, 'b')).rejects.toMatchObject({ code: 'restarting' });
    await world.quiet();
    expect(await ids()).toContainEqual(['b', 'running']);
  });

  it('rejects when the child cannot start, and keeps it', async () => {
    await Tree.startChild(ref, worker('b', 'ok', 'throw', 'ok'));
    await Tree.terminateChild(ref, 'b');
    await expect(Tree.restartChild(ref, 'b')).rejects.toMatchObject({ name: 'StartError', code: 'init_failed' });
    await Tree.restartChild(ref, 'b');
    expect(await ids()).toContainEqual(['b', 'running']);
  });
});

describe('deleteChild', () => {
  it('forgets a child that does not run', async () => {
    await Tree.terminateChild(ref, 'a');
    await Tree.deleteChild(ref, 'a');
    expect(await ids()).toEqual([]);
    await Tree.startChild(ref, worker('a'));
  });

  it('rejects with running and not_found', async () => {
    await expect(Tree.deleteChild(ref, 'a')).rejects.toMatchObject({ code: 'running' });
    await expect(Tree.deleteChild(ref, 'z')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('whichChildren and countChildren', () => {
  it('tell workers from supervisors, and what runs', async () => {
    await Tree.startChild(ref, { start: Tree, id: 'inner', args: supervise({ children: [] }) });
    await Tree.startChild(ref, worker('b'));
    await Tree.terminateChild(ref, 'b');
    expect(await Tree.countChildren(ref)).toEqual({ specs: 3, active: 2, supervisors: 1, workers: 2 });
    expect((await Tree.whichChildren(ref)).map(({ id, type }) => [id, type])).toEqual([
      ['a', 'worker'],
      ['inner', 'supervisor'],
      ['b', 'worker'],
    ]);
  });
});

describe('getChildSpec', () => {
  it('answers the spec with its defaults, by id and not by pid', async () => {
    const spec = await Tree.getChildSpec(ref, 'a');
    expect(spec).toMatchObject({ id: 'a', start: Worker, restart: 'permanent', shutdown: 5000, significant: false, type: 'worker' });
    await expect(Tree.getChildSpec(ref, await childPid(ref, 'a'))).rejects.toMatchObject({ code: 'not_found' });
    await expect(Tree.getChildSpec(ref, 'z')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a supervisor asked for something it does not know', () => {
  it('ends, as in OTP, and takes its children along', async () => {
    const end = world.ended(ref);
    await expect((ref as unknown as Ref<{ nonsense(): void }>).call('nonsense')).rejects.toMatchObject({ code: 'exit' });
    expect(await end).toMatchObject({ code: 'badarg' });
    expect(log).toEqual(['+a', '-a: shutdown']);
    expect(whereis('tree')).toBeUndefined();
  });

  it.each(['init', 'terminate', 'handleInfo', 'handleCall', 'handleCast', 'handleContinue'])(
    'does not take %s for a request',
    async (name) => {
      const end = world.ended(ref);
      await expect((ref as unknown as Ref<{ [request: string]: () => void }>).call(name)).rejects.toMatchObject({ code: 'exit' });
      expect(await end).toMatchObject({ code: 'badarg', message: `a supervisor has no request '${name}'` });
    },
  );

  it('ignores messages, and EXITs of strangers', async () => {
    ref.send('hello');
    exit(ref, 'boom');
    await world.quiet();
    expect(await ids()).toEqual([['a', 'running']]);
  });
});

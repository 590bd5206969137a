import { type Child, type ChildShutdown, exit, GenServer, isAlive, type Pid, type Ref, supervise } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { childPid, Tree, Worker, type WorkerArgs } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let log: string[];
beforeEach(() => {
  log = [];
});

function worker(id: string, shutdown: ChildShutdown | undefined, more: Partial<WorkerArgs> = {}): Child<Worker> {
  return { start: Worker, id, args: { id, log, trapExit: true, ...more }, ...(shutdown === undefined ? {} : { shutdown }) };
}

/** A supervisor under a parent whose end tells it to end. */
async function supervised(...children: Child<Worker>[]): Promise<{ ref: Ref<Tree>; parent: Probe }> {
  const parent = new Probe();
  const ref = await parent.do((context) => context.startLink(Tree, supervise({ children })));
  log.length = 0;
  return { ref, parent };
}

describe('a supervisor that ends', () => {
  it('stops its children one after the other, the last started first', async () => {
    const { ref, parent } = await supervised(
      worker('a', undefined, { terminateMs: 10 }),
      worker('b', undefined, { terminateMs: 20 }),
      worker('c', undefined, { terminateMs: 5 }),
    );
    const end = world.ended(ref).then((reason) => log.push(`ended: ${String(reason)}`));
    exit(parent.pid, 'shutdown');
    await world.pass(5);
    expect(log).toEqual(['-c: shutdown']);
    await world.pass(19);
    expect(log).toEqual(['-c: shutdown']);
    await world.pass(100);
    await end;
    expect(log).toEqual(['-c: shutdown', '-b: shutdown', '-a: shutdown', 'ended: shutdown']);
  });

  it('does so when it is stopped by request', async () => {
    const { ref } = await supervised(worker('a', undefined), worker('b', undefined));
    await GenServer.stop(ref);
    expect(log).toEqual(['-b: shutdown', '-a: shutdown']);
  });

  it('kills a child that takes longer than its shutdown time', async () => {
    const { ref, parent } = await supervised(worker('a', undefined), worker('slow', 50, { terminateMs: 51 }));
    const slow = await childPid(ref, 'slow');
    const end = world.ended(slow);
    exit(parent.pid, 'shutdown');
    await world.pass(49);
    expect(isAlive(slow)).toBe(true);
    await world.pass(1);
    expect(await end).toBe('killed');
    expect(log).toEqual(['-a: shutdown']);
    expect(isAlive(ref)).toBe(false);
  });

  it('gives a worker 5 seconds by default', async () => {
    const { ref, parent } = await supervised(worker('slow', undefined, { terminateMs: 6000 }));
    const slow = await childPid(ref, 'slow');
    exit(parent.pid, 'shutdown');
    await world.pass(4999);
    expect(isAlive(slow)).toBe(true);
    await world.pass(1);
    expect(isAlive(slow)).toBe(false);
  });

  it('kills a brutalKill child at once', async () => {
    const { ref, parent } = await supervised(worker('a', 'brutalKill', { terminateMs: 10 }));
    const end = world.ended(await childPid(ref, 'a'));
    exit(parent.pid, 'shutdown');
    expect(await end).toBe('killed');
    expect(log).toEqual([]);
    expect(isAlive(ref)).toBe(false);
  });

  it('waits for an infinity child as long as it takes', async () => {
    const { ref, parent } = await supervised(worker('a', 'infinity', { terminateMs: 3_600_000 }));
    exit(parent.pid, 'shutdown');
    await world.pass(3_599_999);
    expect(isAlive(ref)).toBe(true);
    await world.pass(1);
    expect(isAlive(ref)).toBe(false);
    expect(log).toEqual(['-a: shutdown']);
  });

  it('gives a child supervisor all the time it needs by default', async () => {
    const inner = supervise({ children: [worker('x', 'infinity', { terminateMs: 60_000 })] });
    const parent = new Probe();
    const ref = await parent.do((context) => context.startLink(Tree, supervise({ children: [{ start: Tree, args: inner }] })));
    exit(parent.pid, 'shutdown');
    await world.pass(59_999);
    expect(isAlive(ref)).toBe(true);
    await world.pass(1);
    expect(isAlive(ref)).toBe(false);
  });

  it('stops a child that does not trap exits without its terminate', async () => {
    const { ref, parent } = await supervised(worker('a', undefined, { trapExit: false }));
    const end = world.ended(await childPid(ref, 'a'));
    exit(parent.pid, 'shutdown');
    expect(await end).toBe('shutdown');
    expect(log).toEqual([]);
  });

  it('also stops a child that has taken its link back', async () => {
    const { ref, parent } = await supervised(worker('a', 50));
    const child = (await childPid(ref, 'a')) as Ref<Worker>;
    await child.call('unlinkFrom', ref);
    exit(parent.pid, 'shutdown');
    await world.pass(50);
    expect(isAlive(child)).toBe(false);
    expect(isAlive(ref)).toBe(false);
  });

  it('is not disturbed by children that end meanwhile', async () => {
    const { ref, parent } = await supervised(worker('a', undefined), worker('b', undefined, { terminateMs: 10 }));
    const [a, b] = [await childPid(ref, 'a'), await childPid(ref, 'b')];
    exit(parent.pid, 'shutdown');
    await world.quiet();
    exit(a, 'kill');
    exit(b, 'kill');
    await world.quiet();
    expect(isAlive(ref)).toBe(false);
    expect(log).toEqual([]);
  });

  it('by kill takes its children along, which see its reason', async () => {
    const { ref } = await supervised(worker('a', undefined), worker('b', undefined, { trapExit: false }));
    const pids: Pid[] = [await childPid(ref, 'a'), await childPid(ref, 'b')];
    exit(ref, 'kill');
    await world.quiet();
    expect(pids.map((pid) => isAlive(pid))).toEqual([false, false]);
    expect(log).toEqual(['-a: killed']);
  });
});

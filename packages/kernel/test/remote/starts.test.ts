import { exit, GenServer, ignore, isAlive, type Pid, type Ref, register, StartError, sleep, stop, whereis } from '@rekindle/kernel';
import { installKernel, linksOf, type ProcessId } from '@rekindle/kernel/internal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import type { Probe } from '../support/probe.js';

const world = useCluster(2);

type How = 'ok' | 'slow' | 'ignore' | 'stop' | 'throw';

class Remote extends GenServer {
  override async init(how: How) {
    if (how === 'slow') await sleep(100);
    if (how === 'ignore') return ignore();
    if (how === 'stop') return stop({ shutdown: 'refused' });
    if (how === 'throw') throw new RangeError('boom');
    return;
  }
  whoami(): Pid {
    return this.self;
  }
}
class Unknown extends GenServer {}
register(Remote);

describe.each([
  ['the same thread', 0],
  ['another thread', 1],
])('a start on %s', (_where, thread) => {
  let here: Member;
  let there: Member;
  let starter: Probe;
  beforeEach(() => {
    here = world.members[0] as Member;
    there = world.members[thread] as Member;
    starter = here.probe({ trapExit: true });
  });
  afterEach(async () => {
    exit(starter.pid, 'kill');
    await world.cluster.pass(1000);
    const [first, second] = world.members as [Member, Member];
    expect(first.remembers(second)).toBe(false);
    expect(second.remembers(first)).toBe(false);
  });
  const link = (how: How, more: { name?: string; timeoutMs?: number } = {}): Promise<Pid | undefined> =>
    starter.do((context) => context.startLink(Remote, how, { thread, ...more }));

  it('answers a reference that works', async () => {
    const ref = (await starter.do((context) => context.start(Remote, 'ok', { thread }))) as Ref<Remote>;
    expect(ref.thread).toBe(thread);
    expect(await ref.call('whoami')).toBe(ref);
    exit(ref, 'kill');
    await world.cluster.quiet();
    expect(await starter.mail()).toEqual([]);
  });

  it('waits for an async init', async () => {
    let ref: Pid | undefined;
    const started = link('slow').then((pid) => (ref = pid));
    await world.cluster.pass(99);
    expect(ref).toBeUndefined();
    await world.cluster.pass(1);
    await started;
    expect(ref).toBeDefined();
  });

  it('links: the end of one reaches the other', async () => {
    const ref = (await link('ok')) as Pid;
    expect(linksOf((starter.pid as ProcessId).proc)).toEqual([ref]);
    exit(ref, 'boom');
    expect(await starter.next()).toEqual({ type: 'EXIT', pid: ref, reason: 'boom' });
    const second = (await link('ok')) as Pid;
    const watcher = here.probe();
    await watcher.do((context) => context.monitor(second));
    exit(starter.pid, 'kill');
    expect(await watcher.next()).toMatchObject({ type: 'DOWN', reason: 'killed' });
  });

  it('answers undefined when init says ignore', async () => {
    expect(await link('ignore')).toBeUndefined();
    await world.cluster.quiet();
    expect(linksOf((starter.pid as ProcessId).proc)).toEqual([]);
  });

  it.each([
    ['stop', { shutdown: 'refused' }],
    ['throw', expect.objectContaining({ message: 'boom' })],
  ] as const)('rejects when init does %s, and the link carries the reason', async (how, reason) => {
    await expect(link(how)).rejects.toMatchObject({ name: 'StartError', code: 'init_failed', reason });
    expect(await starter.next()).toMatchObject({ type: 'EXIT', reason });
  });

  it('ends a starter that does not trap exits when init fails', async () => {
    const mortal = here.probe();
    await starter.do((context) => context.monitor(mortal.pid));
    mortal.tell((context) => context.startLink(Remote, 'stop', { thread }).catch(() => {}));
    expect(await starter.next()).toMatchObject({ type: 'DOWN', reason: { shutdown: 'refused' } });
  });

  it('rejects with the holder when the name is taken', async () => {
    const holder = there.probe({ name: 'taken' });
    const error = (await link('ok', { name: 'taken' }).catch((e: unknown) => e)) as StartError;
    expect(error).toBeInstanceOf(StartError);
    expect(error.code).toBe('already_started');
    expect((holder.pid as ProcessId).equals(error.pid)).toBe(true);
    await world.cluster.quiet();
    expect(await starter.mail()).toMatchObject([{ type: 'EXIT', reason: 'normal' }]);
  });

  it('registers the name', async () => {
    const ref = await link('ok', { name: 'named' });
    installKernel(there.kernel);
    expect(there.see(ref as Pid)).toBe(whereis('named'));
  });

  it('that takes longer than timeoutMs is killed and rejected, without an exit signal to the starter', async () => {
    const alive = there.kernel.alive;
    for (const trapExit of [true, false]) {
      const probe = here.probe({ trapExit });
      const failed = expect(probe.do((context) => context.startLink(Remote, 'slow', { thread, timeoutMs: 50 }))).rejects.toMatchObject({
        code: 'timeout',
      });
      await world.cluster.pass(50);
      await failed;
      expect(isAlive(probe.pid)).toBe(true);
      expect(await probe.mail()).toEqual([]);
      exit(probe.pid, 'kill');
    }
    expect(there.kernel.alive).toBe(alive);
  });

  it('by a process that ends meanwhile ends too, if linked', async () => {
    const before = there.kernel.alive;
    const mortal = here.probe();
    mortal.tell((context) => context.startLink(Remote, 'slow', { thread }));
    await world.cluster.pass(50);
    exit(mortal.pid, 'boom');
    await world.cluster.pass(100);
    expect(there.kernel.alive).toBe(before);
  });
});

describe('a start on another thread', () => {
  let here: Member;
  let there: Member;
  let starter: Probe;
  beforeEach(() => {
    [here, there] = world.members as [Member, Member];
    starter = here.probe({ trapExit: true });
  });

  it('of a class that is not registered is refused with what to do', async () => {
    await expect(starter.do((context) => context.start(Unknown, undefined, { thread: 1 }))).rejects.toThrow(/call register\(Unknown\)/);
    expect((starter.pid as ProcessId).proc.owned).toBeNull();
  });

  it('with arguments that cannot be sent is refused and leaves nothing behind', async () => {
    const args = { f: () => 1 } as never;
    await expect(starter.do((context) => context.startLink(Remote, args, { thread: 1, timeoutMs: 5 }))).rejects.toMatchObject({
      code: 'not_sendable',
    });
    expect((starter.pid as ProcessId).proc.owned).toBeNull();
    expect(here.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
    expect(here.remembers(there)).toBe(false);
  });

  it('whose answer crosses the timeout is killed', async () => {
    const before = there.kernel.alive;
    world.cluster.hold(there, here);
    const failed = expect(starter.do((context) => context.startLink(Remote, 'ok', { thread: 1, timeoutMs: 50 }))).rejects.toMatchObject({
      code: 'timeout',
    });
    await world.cluster.pass(10);
    expect(there.kernel.alive).toBe(before + 1);
    world.cluster.hold(here, there);
    await world.cluster.pass(40);
    await failed;
    world.cluster.release(there, here);
    await world.cluster.quiet();
    world.cluster.release(here, there);
    await world.cluster.quiet();
    expect(there.kernel.alive).toBe(before);
    expect(isAlive(starter.pid)).toBe(true);
    expect(await starter.mail()).toEqual([]);
    expect(here.remembers(there)).toBe(false);
    expect(there.remembers(here)).toBe(false);
  });

  it('whose starter ends before the answer arrives is ended by the link', async () => {
    const before = there.kernel.alive;
    const mortal = here.probe();
    world.cluster.hold(there, here);
    mortal.tell((context) => context.startLink(Remote, 'ok', { thread: 1 }));
    await world.cluster.quiet();
    exit(mortal.pid, 'boom');
    world.cluster.release(there, here);
    await world.cluster.quiet();
    expect(there.kernel.alive).toBe(before);
    expect(here.remembers(there)).toBe(false);
    expect(there.remembers(here)).toBe(false);
  });
});

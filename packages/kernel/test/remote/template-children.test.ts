import { exit, type Pid, register, Supervisor, supervise } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import type { Probe } from '../support/probe.js';
import { Tree, Worker } from '../support/tree.js';

const world = useCluster(2);
register(Worker);

// As under OTP a simpleOneForOne supervisor takes the pid of anybody who is gone for that of a child it had.
describe.each([
  ['the same thread', 0],
  ['another thread', 1],
])('children of a template on %s', (_where, thread) => {
  let starter: Probe;
  let there: Member;
  let tree: Pid;
  let child: Pid;

  beforeEach(async () => {
    const here = world.members[0] as Member;
    there = world.members[thread] as Member;
    starter = here.probe();
    const template = { start: Worker, thread, restart: 'temporary' as const };
    tree = await starter.do((context) =>
      context.start(Tree, supervise({ strategy: 'simpleOneForOne', children: [{ ...template, args: { id: 'x', log: [] } }] })),
    );
    child = (await starter.do(() => Supervisor.startChild(tree, { id: 'x', log: [] } as never))) as Pid;
    expect(child.thread).toBe(thread);
  });

  async function terminate(pid: Pid): Promise<unknown> {
    return starter.do(() =>
      Supervisor.terminateChild(tree, pid).then(
        () => 'ok',
        ({ code }: { code: string }) => code,
      ),
    );
  }
  async function specOf(pid: Pid): Promise<unknown> {
    return starter.do(() =>
      Supervisor.getChildSpec(tree, pid).then(
        ({ id }) => id,
        ({ code }: { code: string }) => code,
      ),
    );
  }

  it('are stopped by pid, again and again', async () => {
    expect(await specOf(child)).toBe('Worker');
    expect(await terminate(child)).toBe('ok');
    expect(await terminate(child)).toBe('ok');
    expect(await specOf(child)).toBe('Worker');
  });

  it('are not confused with strangers that live', async () => {
    const stranger = (world.members[0] as Member).see(there.probe().pid);
    expect(await terminate(stranger)).toBe('not_found');
    expect(await specOf(stranger)).toBe('not_found');
    exit(stranger, 'kill');
    expect(await terminate(stranger)).toBe('ok');
  });

  it('count as gone with their thread', async () => {
    if (thread === 0) return;
    const [here, other] = world.members as [Member, Member];
    const stranger = here.see(other.probe().pid);
    world.cluster.hold(here, other);
    const answer = terminate(stranger);
    await world.cluster.quiet();
    world.cluster.cut(here, other);
    expect(await answer).toBe('ok');
    expect(await terminate(stranger)).toBe('ok');
    expect(here.remembers(other)).toBe(false);
  });
});

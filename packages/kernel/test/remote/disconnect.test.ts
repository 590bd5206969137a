import { exit, GenServer, isAlive, type Pid, type Ref, register, Supervisor, sleep, supervise } from '@rekindle/kernel';
import { linksOf, type ProcessId } from '@rekindle/kernel/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import type { Probe } from '../support/probe.js';

const world = useCluster(3);

class Far extends GenServer {
  override async init({ ms = 0 }: { ms?: number } = {}): Promise<void> {
    if (ms > 0) await sleep(ms);
  }
  echo(value: unknown): unknown {
    return value;
  }
  slow(): Promise<void> {
    return sleep(1000);
  }
}
register(Far);

describe('a lost connection', () => {
  let [here, there, third] = [] as unknown as [Member, Member, Member];
  let [a, b] = [] as unknown as [Probe, Probe];
  let pid: Pid;
  beforeEach(() => {
    [here, there, third] = world.members as [Member, Member, Member];
    [a, b] = [here.probe({ trapExit: true }), there.probe({ trapExit: true })];
    pid = here.see(b.pid);
  });

  it('fires links and monitors with noconnection, once, on both sides', async () => {
    const refs = await a.do((context) => {
      context.link(pid);
      return [context.monitor(pid), context.monitor(pid)];
    });
    const back = await b.do((context) => context.monitor(there.see(a.pid)));
    await world.cluster.quiet();
    world.cluster.cut(here, there);
    world.cluster.cut(here, there);
    await world.cluster.quiet();
    const mail = await a.mail();
    expect(mail).toHaveLength(3);
    expect(mail).toEqual(
      expect.arrayContaining([
        { type: 'EXIT', pid, reason: 'noconnection' },
        { type: 'DOWN', ref: refs[0], pid, reason: 'noconnection' },
        { type: 'DOWN', ref: refs[1], pid, reason: 'noconnection' },
      ]),
    );
    expect(await b.mail()).toEqual(
      expect.arrayContaining([
        { type: 'EXIT', pid: there.see(a.pid), reason: 'noconnection' },
        { type: 'DOWN', ref: back, pid: there.see(a.pid), reason: 'noconnection' },
      ]),
    );
    expect(linksOf((a.pid as ProcessId).proc)).toEqual([]);
    exit(b.pid, 'kill');
    await world.cluster.quiet();
    expect(await a.mail()).toEqual([]);
  });

  it('ends linked processes that do not trap exits, and those linked to them', async () => {
    const probes = [here.probe(), here.probe(), here.probe()] as const;
    await probes[0].do((context) => context.link(pid));
    await probes[1].do((context) => context.link(pid));
    await probes[1].do((context) => context.link(probes[0].pid));
    await probes[2].do((context) => context.link(probes[0].pid));
    const refs = await a.do((context) => probes.map((probe) => context.monitor(probe.pid)));
    await world.cluster.quiet();
    world.cluster.cut(here, there);
    await world.cluster.quiet();
    const mail = await a.mail();
    expect(mail).toHaveLength(3);
    expect(mail).toEqual(expect.arrayContaining(refs.map((ref) => expect.objectContaining({ ref, reason: 'noconnection' }))));
  });

  it('fails calls and starts that wait, once', async () => {
    const far = (await a.do((context) => context.start(Far, undefined, { thread: 1 }))) as Ref<Far>;
    const noconnection = { code: 'noconnection', reason: 'noconnection' };
    const failures = Promise.all([
      expect(a.do((context) => context.call(far, 'slow'))).rejects.toMatchObject({ name: 'CallError', ...noconnection }),
      expect(far.call('slow')).rejects.toMatchObject(noconnection),
    ]);
    await world.cluster.quiet();
    const starter = here.probe({ trapExit: true });
    const start = expect(starter.do((context) => context.startLink(Far, { ms: 100 }, { thread: 1 }))).rejects.toMatchObject({
      name: 'StartError',
      ...noconnection,
    });
    await world.cluster.quiet();
    world.cluster.cut(here, there);
    await failures;
    await start;
    await world.cluster.pass(2000);
    expect(await starter.mail()).toEqual([]);
  });

  it('ends what is being started for a linked process over there', async () => {
    const before = there.kernel.alive;
    const starter = here.probe();
    starter.tell((context) => context.startLink(Far, { ms: 100 }, { thread: 1 }));
    await world.cluster.pass(50);
    expect(there.kernel.alive).toBe(before + 1);
    world.cluster.cut(here, there);
    await world.cluster.pass(100);
    expect(there.kernel.alive).toBe(before);
  });

  it('lets nothing through afterwards, in either direction', async () => {
    await a.do((context) => context.link(pid));
    await world.cluster.quiet();
    await a.do((context) => context.send(pid, 'on its way'));
    world.cluster.cut(here, there);
    await a.mail();
    await b.mail();
    await a.do((context) => {
      context.send(pid, 'late');
      context.exit(pid, 'boom');
      context.cast(pid as Ref<Far>, 'echo', 'late');
    });
    await b.do((context) => context.send(there.see(a.pid), 'late'));
    const address = here.address(there.kernel.here);
    here.kernel.receive(address, [0, a.pid.serial, 'forged']);
    await world.cluster.quiet();
    expect(await a.mail()).toEqual([]);
    expect(await b.mail()).toEqual([]);
    expect(isAlive(b.pid)).toBe(true);
  });

  it('makes later links, monitors, calls and starts fail with noconnection at once', async () => {
    const far = (await a.do((context) => context.start(Far, undefined, { thread: 1 }))) as Ref<Far>;
    world.cluster.cut(here, there);
    const ref = await a.do((context) => {
      context.link(pid);
      return context.monitor(pid);
    });
    expect(await a.next()).toEqual({ type: 'EXIT', pid, reason: 'noconnection' });
    expect(await a.next()).toEqual({ type: 'DOWN', ref, pid, reason: 'noconnection' });
    await expect(a.do((context) => context.call(far, 'echo', 1))).rejects.toMatchObject({ code: 'noconnection' });
    await expect(far.call('echo', 1)).rejects.toMatchObject({ code: 'noconnection' });
    await expect(a.do((context) => context.startLink(Far, undefined, { thread: 1 }))).rejects.toMatchObject({ code: 'noconnection' });
    await a.do((context) => {
      context.unlink(pid);
      context.demonitor(ref);
    });
    const mortal = here.probe();
    await a.do((context) => context.monitor(mortal.pid));
    mortal.tell((context) => context.link(pid));
    expect(await a.next()).toMatchObject({ type: 'DOWN', reason: 'noconnection' });
  });

  it('does not concern the others', async () => {
    const c = third.probe();
    const other = here.see(c.pid);
    await a.do((context) => context.monitor(other));
    await world.cluster.quiet();
    world.cluster.cut(here, there);
    await world.cluster.quiet();
    expect(await a.mail()).toEqual([]);
    expect(isAlive(c.pid)).toBe(true);
    exit(c.pid, 'boom');
    expect(await a.next()).toMatchObject({ type: 'DOWN', reason: 'boom' });
  });

  it('makes a supervisor start its children again, elsewhere if told so', async () => {
    let thread = 1;
    const kernel = here.kernel;
    const place = kernel.placement;
    kernel.placement = (wanted) => (place as NonNullable<typeof place>)(wanted === 'spread' ? thread : wanted);
    class Tree extends Supervisor {
      override init() {
        return supervise({ children: [{ start: Far, id: 'far', thread: 'spread' }] });
      }
    }
    const tree = await a.do((context) => context.startLink(Tree));
    const where = async (): Promise<unknown> => {
      const [child] = await Supervisor.whichChildren(tree);
      return (child?.pid as Pid | undefined)?.thread;
    };
    expect(await where()).toBe(1);
    thread = 2;
    world.cluster.cut(here, there);
    await world.cluster.quiet();
    expect(await where()).toBe(2);
    exit((await Supervisor.whichChildren(tree))[0]?.pid as Pid, 'kill');
    await world.cluster.quiet();
    expect(await where()).toBe(2);
    await GenServer.stop(tree);
    await world.cluster.quiet();
    expect(third.kernel.alive).toBe(0);
    expect(here.remembers(third)).toBe(false);
    expect(third.remembers(here)).toBe(false);
  });
});

describe('a supervisor with children on other threads', () => {
  class Unregistered extends GenServer {}
  class Tree extends Supervisor {
    override init() {
      return supervise({
        children: [
          { start: Far, id: 'a', thread: 1 },
          { start: Far, id: 'b', thread: 2, shutdown: 50 },
        ],
      });
    }
  }

  it('stops them in reverse order, and kills those that take too long', async () => {
    const [here, there, third] = world.members as [Member, Member, Member];
    const a = here.probe();
    const tree = await a.do((context) => context.start(Tree));
    expect([there.kernel.alive, third.kernel.alive]).toEqual([1, 1]);
    await GenServer.stop(tree);
    await world.cluster.quiet();
    expect([there.kernel.alive, third.kernel.alive]).toEqual([0, 0]);
    expect(here.remembers(there) || there.remembers(here) || here.remembers(third) || third.remembers(here)).toBe(false);
  });

  it('survives a child that cannot be started there', async () => {
    const [here] = world.members as [Member];
    const a = here.probe();
    const tree = await a.do((context) => context.start(Tree));
    const start = (child: object): Promise<unknown> => a.do(() => Supervisor.startChild(tree, child as never));
    await expect(start({ start: Unregistered, id: 'c', thread: 1 })).rejects.toMatchObject({ name: 'StartError' });
    expect(await Supervisor.countChildren(tree)).toMatchObject({ specs: 2, active: 2 });
  });
});

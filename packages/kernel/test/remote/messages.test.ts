import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Down, exit, GenServer, isAlive, noreply, type Pid, type Ref, register, sleep } from '@rekindle/kernel';
import type { ProcessId } from '@rekindle/kernel/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import type { Probe } from '../support/probe.js';

const world = useCluster(2);

class Server extends GenServer<{ info: unknown }> {
  readonly #log: unknown[] = [];
  echo(value: unknown): unknown {
    return value;
  }
  note(value: unknown): void {
    this.#log.push(value);
  }
  log(): unknown[] {
    return this.#log;
  }
  fail(reason: string): never {
    throw Object.assign(new RangeError(reason), { code: 'E_FAIL' });
  }
  async slow(ms: number): Promise<string> {
    await sleep(ms);
    this.#log.push('slow');
    return 'slow';
  }
  later(value: unknown) {
    const from = this.from<unknown>();
    this.spawn(() => from.reply(value));
    return noreply(from);
  }
  leak(): unknown {
    return { f: () => 1 };
  }
  override handleInfo(message: unknown): void {
    this.#log.push(message);
  }
}
register(Server);

// The same tests for a process of the same thread and for one of another: both have to look alike.
describe.each([
  ['the same thread', 0],
  ['another thread', 1],
])('a process of %s', (_where, thread) => {
  let here: Member;
  let there: Member;
  let probe: Probe;
  let server: Ref<Server>;
  beforeEach(async () => {
    here = world.members[0] as Member;
    there = world.members[thread] as Member;
    probe = here.probe();
    server = await probe.do((context) => context.start(Server, undefined, { thread }));
  });

  it('says where it is, and is itself again when its pid comes back', async () => {
    expect(server.thread).toBe(thread);
    expect((server as unknown as ProcessId).isLocal).toBe(thread === 0);
    expect(await probe.do((context) => context.call(server, 'echo', { server, me: context.self }))).toEqual({ server, me: probe.pid });
    expect(await probe.do((context) => context.call(server, 'echo', probe.pid))).toBe(probe.pid);
    expect(await probe.do((context) => context.call(server, 'echo', server))).toBe(server);
  });

  it('gets messages, casts and calls of one process in the order sent', async () => {
    await probe.do((context) => {
      server.send('send 1');
      context.cast(server, 'note', 'cast 2');
      void context.call(server, 'note', 'call 3');
      context.send(server, 'send 4');
      server.cast('note', 'cast 5');
      for (let i = 6; i < 50; i++) server.send(i);
    });
    await world.cluster.quiet();
    const expected = ['send 1', 'cast 2', 'call 3', 'send 4', 'cast 5', ...Array.from({ length: 44 }, (_, i) => i + 6)];
    expect(await server.call('log')).toEqual(expected);
  });

  it('can answer whoever sent its pid', async () => {
    const other = there.probe();
    await probe.do((context) => context.send(here.see(other.pid), { from: context.self }));
    const { from } = await other.next<{ from: Pid }>();
    await other.do((context) => context.send(from, 'answer'));
    expect(await probe.next()).toBe('answer');
  });

  it('answers calls, also later and from another process', async () => {
    expect(await server.call('echo', { a: [1] })).toEqual({ a: [1] });
    expect(await server.call('later', 'x')).toBe('x');
    expect(await probe.do(() => server.call('echo', undefined))).toBeUndefined();
  });

  it('fails calls with the reason that it ends for', async () => {
    const waiting = server.call('echo', 1);
    const failed = probe.do((context) => context.call(server, 'fail', 'boom'));
    await expect(failed).rejects.toMatchObject({
      name: 'CallError',
      code: 'exit',
      request: 'fail',
      reason: { name: 'RangeError', message: 'boom', code: 'E_FAIL' },
    });
    expect(await waiting).toBe(1);
    await expect(server.call('echo', 1)).rejects.toMatchObject({ code: 'noproc', reason: 'noproc' });
  });

  it('fails calls that wait when it is killed', async () => {
    const failed = expect(probe.do((context) => context.call(server, 'slow', 1000))).rejects.toMatchObject({
      code: 'exit',
      reason: 'killed',
    });
    await world.cluster.quiet();
    exit(server, 'kill');
    await failed;
  });

  it('lets calls time out, and its late reply goes nowhere', async () => {
    const failed = expect(probe.do((context) => context.call(server.within(10), 'slow', 20))).rejects.toMatchObject({ code: 'timeout' });
    await world.cluster.pass(10);
    await failed;
    await world.cluster.pass(10);
    expect(await server.call('log')).toEqual(['slow']);
    expect(await probe.mail()).toEqual([]);
  });

  it('goes on when its caller ends', async () => {
    probe.tell((context) => context.call(server, 'slow', 20));
    await world.cluster.quiet();
    exit(probe.pid, 'kill');
    await world.cluster.pass(20);
    expect(await server.call('log')).toEqual(['slow']);
  });

  it('refuses functions where they are given away when it is on another thread, and ends for a reply that has one', async () => {
    if (thread === 0) return;
    const notSendable = expect.objectContaining({ code: 'not_sendable' });
    expect(() => server.send(() => 1)).toThrow(notSendable);
    expect(() => server.cast('note', { f: () => 1 })).toThrow(notSendable);
    await expect(probe.do((context) => context.call(server, 'echo', { f: () => 1 }))).rejects.toEqual(notSendable);
    expect((probe.pid as ProcessId).proc.owned).toBeNull();
    await expect(server.call('leak')).rejects.toMatchObject({ code: 'exit', reason: { name: 'MisuseError', code: 'not_sendable' } });
    await expect(server.call('echo', 1)).rejects.toMatchObject({ code: 'noproc' });
  });

  it('tells its monitors of its end, in place and with the reason', async () => {
    const watched = there.probe();
    const ref = await probe.do((context) => {
      const set = context.monitor(here.see(watched.pid));
      context.send(here.see(watched.pid), 'noise');
      return set;
    });
    await world.cluster.quiet();
    await watched.do((context) => {
      context.send(there.see(probe.pid), 'before');
    });
    watched.tell(() => exit({ shutdown: ['why'] }));
    await world.cluster.quiet();
    const pid = here.see(watched.pid);
    const mail = await probe.mail();
    expect(mail).toEqual(['before', { type: 'DOWN', ref, pid, reason: { shutdown: ['why'] } }]);
    expect((mail[1] as Down).pid === pid || (pid as unknown as ProcessId).equals((mail[1] as Down).pid)).toBe(true);
  });

  it('is noproc to a monitor that comes too late', async () => {
    const gone = there.probe();
    const pid = here.see(gone.pid);
    exit(gone.pid, 'kill');
    const ref = await probe.do((context) => context.monitor(pid));
    expect(await probe.next()).toEqual({ type: 'DOWN', ref, pid, reason: 'noproc' });
  });

  it('is not watched any more after demonitor, with and without flush', async () => {
    const watched = there.probe();
    const pid = here.see(watched.pid);
    const [one, two] = await probe.do((context) => [context.monitor(pid), context.monitor(pid)] as const);
    await world.cluster.quiet();
    expect(await probe.do((context) => context.demonitor(one))).toBe(true);
    exit(watched.pid, 'boom');
    await world.cluster.quiet();
    expect(await probe.do((context) => context.demonitor(two, { flush: true }))).toBe(false);
    expect(await probe.mail()).toEqual([]);
  });

  it('gets exit signals', async () => {
    const [mortal, trapping] = [there.probe(), there.probe({ trapExit: true })];
    const watcher = there.probe();
    const refs = await watcher.do((context) => [context.monitor(mortal.pid), context.monitor(trapping.pid)]);
    await probe.do((context) => {
      context.exit(here.see(mortal.pid), 'normal');
      context.exit(here.see(trapping.pid), 'normal');
      context.exit(here.see(mortal.pid), 'boom');
      context.exit(here.see(trapping.pid), 'boom');
    });
    expect(await watcher.next()).toMatchObject({ ref: refs[0], reason: 'boom' });
    const from = there.see(probe.pid);
    expect(await trapping.next()).toEqual({ type: 'EXIT', pid: from, reason: 'normal' });
    expect(await trapping.next()).toEqual({ type: 'EXIT', pid: from, reason: 'boom' });
    await probe.do((context) => context.exit(here.see(trapping.pid), 'kill'));
    expect(await watcher.next()).toMatchObject({ ref: refs[1], reason: 'killed' });
  });

  it('is forgotten on both sides when nobody has to do with it any more', async () => {
    const doomed = there.probe();
    await probe.do((context) => {
      context.monitor(here.see(doomed.pid));
      context.demonitor(context.monitor(server));
      void context.call(server.within(1), 'slow', 5).catch(() => {});
    });
    probe.tell((context) => context.call(server, 'slow', 10));
    await world.cluster.pass(2);
    exit(doomed.pid, 'kill');
    exit(probe.pid, 'kill');
    await world.cluster.pass(100);
    const other = world.members[1] as Member;
    expect(here.remembers(other)).toBe(false);
    expect(other.remembers(here)).toBe(false);
    expect((server as unknown as ProcessId).isLocal || there.kernel.find(server.serial)?.watchers === null).toBe(true);
  });
});

it('cannot be asked here whether a process of another thread is alive', async () => {
  const probe = (world.members[0] as Member).probe();
  const server = await probe.do((context) => context.start(Server, undefined, { thread: 1 }));
  await expect(probe.do(() => isAlive(server))).rejects.toMatchObject({
    code: 'badarg',
    message: expect.stringContaining('runs elsewhere: monitor it'),
  });
});

describe('a timer', () => {
  it('sends to a process of another thread', async () => {
    const [here, there] = world.members as [Member, Member];
    const [a, b] = [here.probe(), there.probe()];
    await a.do((context) => context.sendAfter(10, 'tick', here.see(b.pid)));
    await world.cluster.pass(9);
    expect(await b.mail()).toEqual([]);
    await world.cluster.pass(1);
    expect(await b.mail()).toEqual(['tick']);
  });

  it('whose message cannot travel is reported, and does not hold up the others', async () => {
    const [here, there] = world.members as [Member, Member];
    const [a, b] = [here.probe(), there.probe()];
    const errors: unknown[] = [];
    const listen = (report: unknown): void => void errors.push((report as { error: unknown }).error);
    subscribe('rekindle.stray_error', listen);
    await a.do((context) => {
      context.sendAfter(10, () => 1, here.see<Pid>(b.pid));
      context.sendAfter(10, 'same time');
      context.sendAfter(20, 'later');
    });
    await world.cluster.pass(30);
    unsubscribe('rekindle.stray_error', listen);
    expect(errors).toEqual([expect.objectContaining({ code: 'not_sendable' })]);
    expect(await a.mail()).toEqual(['same time', 'later']);
  });
});

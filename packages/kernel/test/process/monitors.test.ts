import { demonitor, exit, GenServer, type MonitorRef, monitor, registerProcess, spawn, unregisterName } from '@rekindle/kernel';
import type { ProcessId } from '@rekindle/kernel/internal';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Idle extends GenServer {}

describe('monitor', () => {
  it('sends one DOWN with the reason when the process ends', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    const ref = await watcher.do((context) => context.monitor(target.pid));
    exit(target.pid, 'boom');
    await world.quiet();
    expect(await watcher.mail()).toEqual([{ type: 'DOWN', ref, pid: target.pid, reason: 'boom' }]);
  });

  it('tells of every end, also with normal and by kill', async () => {
    const watcher = new Probe();
    const normal = new Probe();
    const killed = new Probe();
    await watcher.do((context) => [context.monitor(normal.pid), context.monitor(killed.pid)]);
    normal.tell(() => exit('normal'));
    expect(await watcher.next()).toMatchObject({ pid: normal.pid, reason: 'normal' });
    exit(killed.pid, 'kill');
    expect(await watcher.next()).toMatchObject({ pid: killed.pid, reason: 'killed' });
  });

  it('sends a DOWN per monitor, with its own reference', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    const refs = await watcher.do((context) => [context.monitor(target.pid), context.monitor(target.pid)]);
    exit(target.pid, 'boom');
    const mail = [await watcher.next<{ ref: MonitorRef }>(), await watcher.next<{ ref: MonitorRef }>()];
    expect(new Set(mail.map(({ ref }) => ref))).toEqual(new Set(refs));
    expect(refs[0]).not.toBe(refs[1]);
  });

  it('of a process that has ended fires at once, with noproc', async () => {
    const gone = spawn(() => {});
    await world.ended(gone);
    const watcher = new Probe();
    const ref = await watcher.do((context) => context.monitor(gone));
    expect(await watcher.next()).toEqual({ type: 'DOWN', ref, pid: gone, reason: 'noproc' });
  });

  it('of itself never fires, and is none', async () => {
    const probe = new Probe();
    const ref = await probe.do((context) => context.monitor(context.self));
    expect(await probe.do((context) => context.demonitor(ref))).toBe(false);
    expect(await probe.mail()).toEqual([]);
  });

  it('by name watches who has the name now, and says that name', async () => {
    const [watcher, first, second] = [new Probe(), new Probe(), new Probe()];
    registerProcess('it', first.pid);
    const ref = await watcher.do((context) => context.monitor('it'));
    unregisterName('it');
    registerProcess('it', second.pid);
    exit(second.pid, 'boom');
    await world.quiet();
    expect(await watcher.mail()).toEqual([]);
    exit(first.pid, 'bang');
    const down = await watcher.next<{ pid: unknown }>();
    expect(down).toMatchObject({ type: 'DOWN', ref, reason: 'bang' });
    expect(String(down.pid)).toBe('#Ref<it>');
  });

  it('by a name that nobody has fires with noproc', async () => {
    const watcher = new Probe();
    await watcher.do((context) => context.monitor('nobody'));
    expect(await watcher.next()).toMatchObject({ type: 'DOWN', reason: 'noproc' });
  });

  it('takes references of servers, also those by name', async () => {
    const ref = await Idle.start(undefined, { name: 'idle' });
    const watcher = new Probe();
    await watcher.do((context) => [context.monitor(ref), context.monitor(Idle.at('idle')), context.monitor(ref.within(5))]);
    exit(ref, 'boom');
    await world.quiet();
    expect(await watcher.mail()).toMatchObject([{ reason: 'boom' }, { reason: 'boom' }, { reason: 'boom' }]);
  });

  it('gives its message the type that was asked for', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    await watcher.do((context) => context.monitor(target.pid, { tag: 'worker_down' }));
    exit(target.pid, 'boom');
    expect(await watcher.next()).toMatchObject({ type: 'worker_down', reason: 'boom' });
  });

  it('ends with the process that set it', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    await watcher.do((context) => context.monitor(target.pid));
    exit(watcher.pid, 'boom');
    await world.quiet();
    const proc = (target.pid as unknown as { proc: { watchers: unknown } }).proc;
    expect(proc.watchers).toBeNull();
  });

  it('refuses what is neither pid nor name', async () => {
    const probe = new Probe();
    await expect(probe.do((context) => context.monitor(7 as never))).rejects.toMatchObject({ code: 'badarg' });
    await expect(probe.do((context) => context.monitor({} as never))).rejects.toMatchObject({ code: 'badarg' });
  });

  it('throws no_process outside of all processes', () => {
    expect(() => monitor(new Probe().pid)).toThrow(expect.objectContaining({ code: 'no_process' }));
    expect(() => demonitor({ id: 1 })).toThrow(expect.objectContaining({ code: 'no_process' }));
  });
});

describe('demonitor', () => {
  it('stops the DOWN and answers that the monitor was there', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    const was = await watcher.do((context) => context.demonitor(context.monitor(target.pid)));
    expect((target.pid as ProcessId).proc.watchers).toBeNull();
    exit(target.pid, 'boom');
    await world.quiet();
    expect(was).toBe(true);
    expect(await watcher.mail()).toEqual([]);
  });

  it('answers false the second time, and after the DOWN, which stays in the mailbox', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    const ref = await watcher.do((context) => context.monitor(target.pid));
    exit(target.pid, 'boom');
    await world.quiet();
    expect(await watcher.do((context) => context.demonitor(ref))).toBe(false);
    expect(await watcher.do((context) => context.demonitor(ref))).toBe(false);
    expect(await watcher.mail()).toHaveLength(1);
  });

  it('with flush removes its own DOWN, and only that', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    const [one, two] = await watcher.do((context) => [context.monitor(target.pid), context.monitor(target.pid)] as const);
    watcher.pid.send('before');
    exit(target.pid, 'boom');
    watcher.pid.send('after');
    await world.quiet();
    expect(await watcher.do((context) => context.demonitor(one, { flush: true }))).toBe(false);
    expect(await watcher.mail()).toEqual(['before', expect.objectContaining({ type: 'DOWN', ref: two }), 'after']);
  });

  it('with flush removes a DOWN that a selective receive has put aside', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    const ref = await watcher.do((context) => context.monitor(target.pid));
    exit(target.pid, 'boom');
    watcher.pid.send('wanted');
    await watcher.next((message) => message === 'wanted');
    await watcher.do((context) => context.demonitor(ref, { flush: true }));
    expect(await watcher.mail()).toEqual([]);
  });

  it('refuses what is no reference of a monitor', async () => {
    await expect(new Probe().do((context) => context.demonitor({ id: 1 }))).rejects.toMatchObject({ code: 'badarg' });
  });
});

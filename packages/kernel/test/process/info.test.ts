import {
  GenServer,
  measureBusyTime,
  type Pid,
  type ProcessInfo,
  processFlag,
  processInfo,
  sendInterval,
  sleep,
  spawn,
  sys,
} from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { useCluster } from '../support/cluster.js';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Server extends GenServer<{ info: string }> {
  static seen: (ProcessInfo | undefined)[] = [];
  override async init(delayMs?: number): Promise<void> {
    if (delayMs !== undefined) await sleep(delayMs);
  }
  look(): void {
    Server.seen.push(processInfo(this.self));
  }
  async nap(ms: number): Promise<void> {
    await sleep(ms);
  }
  watch(who: Pid): void {
    this.monitor(who);
    this.monitor('nobody yet');
  }
  override handleInfo(): void {}
  override async terminate(): Promise<void> {
    await sleep(5);
  }
}

describe('processInfo', () => {
  it('tells of names, links, monitors, flags and the parent', async () => {
    const parent = new Probe({ trapExit: true, name: 'parent' });
    const ref = await parent.do((context) => context.startLink(Server, undefined, { name: 'server' }));
    await ref.call('watch', parent.pid);
    await parent.do(() => processFlag('label', 'the parent'));
    expect(processInfo(ref)).toEqual({
      pid: ref,
      name: 'server',
      behaviour: 'Server',
      label: undefined,
      status: 'waiting',
      mailboxLength: 0,
      mailbox: undefined,
      links: [parent.pid],
      monitors: [parent.pid],
      monitoredBy: [],
      trapExit: false,
      parent: parent.pid,
      handled: expect.any(Number),
      busyMs: undefined,
      memory: expect.any(Number),
    });
    const { name, behaviour, label, links, monitoredBy, trapExit, parent: none } = processInfo(parent.pid) as ProcessInfo;
    expect({ name, behaviour, label, links, monitoredBy, trapExit, none }).toEqual({
      name: 'parent',
      behaviour: 'process',
      label: 'the parent',
      links: [ref],
      monitoredBy: [ref],
      trapExit: true,
      none: undefined,
    });
  });

  it('tells for how long the code of a process has run, once that is measured', async () => {
    const spend = (ms: number) => world.host.advanceTo(world.host.now() + ms);
    class Worker extends GenServer {
      work(ms: number): void {
        spend(ms);
      }
      async workTwice(ms: number): Promise<void> {
        spend(ms);
        await sleep(50);
        spend(ms);
      }
    }
    const worker = await Worker.start();
    const idle = await Worker.start();
    await worker.call('work', 30);
    expect(processInfo(worker)?.busyMs).toBe(undefined);
    measureBusyTime();
    try {
      await worker.call('work', 5);
      const twice = worker.call('workTwice', 20);
      await world.pass(100);
      await twice;
      expect(processInfo(worker)?.busyMs).toBe(45);
      expect(processInfo(idle)?.busyMs).toBe(0);
    } finally {
      measureBusyTime(false);
    }
    await worker.call('work', 5);
    expect(processInfo(worker)?.busyMs).toBe(undefined);
  });

  it('tells what a process is doing', async () => {
    Server.seen = [];
    const status = (pid: Pid): string | undefined => processInfo(pid)?.status;
    const starting = Server.start(10, { name: 'server' });
    await world.quiet();
    const ref = Server.whereis('server') as Pid;
    expect(status(ref)).toBe('starting');
    await world.pass(10);
    const server = await starting;
    expect(status(ref)).toBe('waiting');
    server.cast('look');
    expect(status(ref)).toBe('runnable');
    await world.quiet();
    expect(Server.seen[0]?.status).toBe('running');
    server.cast('nap', 5);
    await world.quiet();
    expect(status(ref)).toBe('awaiting');
    await world.pass(5);
    await sys.suspend(server);
    expect(status(ref)).toBe('suspended');
    await sys.resume(server);
    void Server.stop(server);
    await world.quiet();
    expect(status(ref)).toBe('terminating');
    await world.pass(5);
    expect(processInfo(ref)).toBeUndefined();
  });

  it('counts what was handled and what waits', async () => {
    const ref = await Server.start();
    const before = processInfo(ref) as ProcessInfo;
    for (let i = 0; i < 100; i++) ref.send('x');
    const waiting = processInfo(ref) as ProcessInfo;
    expect(waiting.mailboxLength).toBe(100);
    expect(waiting.memory).toBeGreaterThan(before.memory);
    await world.quiet();
    const after = processInfo(ref) as ProcessInfo;
    expect(after.handled - before.handled).toBe(100);
    expect(after.mailboxLength).toBe(0);
  });

  it('refuses what is no pid', () => {
    expect(() => processInfo('name' as never)).toThrow("expected a pid, got 'name'");
  });
});

describe('processInfo of another thread', () => {
  const cluster = useCluster(2);
  it('says whom to ask instead', async () => {
    const [here, there] = cluster.members as [NonNullable<(typeof cluster.members)[0]>, NonNullable<(typeof cluster.members)[0]>];
    const { pid } = there.probe();
    expect(() => processInfo(here.see(pid))).toThrow('runs elsewhere: ask it with sys.getStatus');
    await cluster.cluster.quiet();
  });
});

describe('processFlag', () => {
  it('answers the old value', async () => {
    const probe = new Probe();
    expect(await probe.do(() => [processFlag('trapExit', true), processFlag('trapExit', false), processFlag('trapExit', false)])).toEqual([
      false,
      true,
      false,
    ]);
    expect(await probe.do(() => [processFlag('label', 'a'), processFlag('label', undefined), processFlag('label', 'b')])).toEqual([
      undefined,
      'a',
      undefined,
    ]);
    await expect(probe.do(() => processFlag('priority' as 'label', 'high'))).rejects.toThrow("expected the flag 'trapExit' or 'label'");
    expect(() => processFlag('label', 'x')).toThrow('processFlag() was called where no process is known to be running');
  });
});

describe('sendInterval', () => {
  it('sends until the receiver ends', async () => {
    const seen: number[] = [];
    const pid = spawn<string>(async ({ receive }) => {
      for (let i = 0; i < 3; i++) {
        await receive();
        seen.push(world.host.now());
      }
    });
    const timer = sendInterval(10, pid, 'tick');
    await world.pass(100);
    expect(seen).toEqual([10, 20, 30]);
    expect(timer.pending).toBe(false);
    expect(world.host.nextTimer).toBeUndefined();
    expect(sendInterval(10, 'nobody', 'tick').pending).toBe(false);
  });
});

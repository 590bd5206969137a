import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CrashReport, callers, exit, type Pid, spawn, Task, TaskSupervisor } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

describe('callers', () => {
  let owner: Probe;
  beforeEach(() => {
    owner = new Probe({ trapExit: true });
  });

  it('are nobody for a process that is no task, whoever started it', async () => {
    const seen: unknown[] = [];
    await owner.do((context) => context.spawn(() => void seen.push(callers())));
    await world.quiet();
    expect(seen).toEqual([[]]);
    expect(() => callers()).toThrow('no process is known to be running');
  });

  it.each<[string, (supervisor: Pid, body: () => void) => unknown]>([
    ['Task.async', (_, body) => void Task.async(body)],
    ['Task.start', (_, body) => Task.start(body)],
    ['Task.startLink', (_, body) => Task.startLink(body)],
    ['Task.asyncStream', (_, body) => Task.asyncStream([1], body).next()],
    ['TaskSupervisor.async', (supervisor, body) => void TaskSupervisor.async(supervisor, body)],
    ['TaskSupervisor.asyncNolink', (supervisor, body) => void TaskSupervisor.asyncNolink(supervisor, body)],
    ['TaskSupervisor.asyncStreamNolink', (supervisor, body) => TaskSupervisor.asyncStreamNolink(supervisor, [1], body).next()],
    ['TaskSupervisor.startChild', (supervisor, body) => void TaskSupervisor.startChild(supervisor, body)],
    [
      'TaskSupervisor.startChild, permanent',
      (supervisor, body) => void TaskSupervisor.startChild(supervisor, body, { restart: 'transient' }),
    ],
  ])('are who started the task: %s', async (_, start) => {
    const supervisor = await TaskSupervisor.start();
    const seen: (readonly Pid[])[] = [];
    owner.tell(() => {
      start(supervisor, () => void seen.push(callers()));
    });
    await world.quiet();
    expect(seen).toEqual([[owner.pid]]);
  });

  it('of a task of a task are both, and stay when the first has ended', async () => {
    const seen: (readonly Pid[])[] = [];
    let outer: Pid | undefined;
    owner.tell(() => {
      outer = Task.start(() => void Task.start(() => void seen.push(callers())));
    });
    await world.quiet();
    expect(seen).toEqual([[outer, owner.pid]]);
  });

  it('stay after a restart', async () => {
    const supervisor = await TaskSupervisor.start();
    const seen: (readonly Pid[])[] = [];
    const body = async (): Promise<void> => {
      seen.push(callers());
      await new Promise(() => {});
    };
    const pid = await owner.do(() => TaskSupervisor.startChild(supervisor, body, { restart: 'permanent' }));
    exit(pid, 'kill');
    await world.quiet();
    expect(seen).toEqual([[owner.pid], [owner.pid]]);
  });

  it('are in the report of a crash', async () => {
    const reports: CrashReport[] = [];
    const listener = (report: unknown): void => void reports.push(report as CrashReport);
    subscribe('rekindle.crash', listener);
    owner.tell(
      () =>
        void Task.start(() => {
          throw new Error('boom');
        }),
    );
    spawn(() => {
      throw new Error('no task');
    });
    await world.quiet();
    unsubscribe('rekindle.crash', listener);
    expect(reports.map((report) => report.callers)).toEqual(expect.arrayContaining([[owner.pid], []]));
  });
});

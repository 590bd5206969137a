import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  type CrashReport,
  DynamicSupervisor,
  GenServer,
  type ProgressReport,
  type Ref,
  Supervisor,
  type SupervisorReport,
  type SupervisorSpec,
  sleep,
  spawn,
  spawnLink,
  supervise,
  sys,
  type TraceReport,
  type UnknownMessageReport,
} from '@rekindle/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

/** What is published on a channel during a test. */
function collect<T>(channel: string): T[] {
  const reports: T[] = [];
  const listener = (report: unknown): void => void reports.push(report as T);
  beforeEach(() => {
    reports.length = 0;
    subscribe(channel, listener);
  });
  afterEach(() => void unsubscribe(channel, listener));
  return reports;
}

const crashes = collect<CrashReport>('rekindle.crash');
const supervisorReports = collect<SupervisorReport>('rekindle.supervisor');
const progress = collect<ProgressReport>('rekindle.progress');
const unknown = collect<UnknownMessageReport>('rekindle.unknown_message');
const traces = collect<TraceReport>('rekindle.trace');

class Worker extends GenServer<{ info: string }> {
  n = 1;
  static failStarts = 0;
  override init(): void {
    if (Worker.failStarts > 0) {
      Worker.failStarts--;
      throw new Error('no start');
    }
  }
  fail(how: string): void {
    throw new Error(how);
  }
  async failLater(): Promise<void> {
    await sleep(1);
    throw new Error('later');
  }
  end(reason: string): void {
    this.exit(this.self, reason);
  }
  stubborn(): void {
    this.trapExit(true);
  }
}

class Slow extends Worker {
  override async terminate(): Promise<void> {
    await sleep(1000);
  }
}

class Top extends Supervisor {
  override init(spec: SupervisorSpec): SupervisorSpec {
    return spec;
  }
}

describe('a crash report', () => {
  it('tells of a server, its last message, state and surroundings', async () => {
    const starter = new Probe({ trapExit: true });
    const ref = await starter.do((context) => context.startLink(Worker, undefined, { name: 'worker' }));
    const error = ref.call('fail', 'now').catch((e: unknown) => e);
    ref.send('left');
    const { reason } = (await error) as { reason: Error };
    expect(crashes).toEqual([
      {
        pid: ref,
        behaviour: 'Worker',
        name: 'worker',
        reason,
        ancestors: [starter.pid],
        callers: [],
        mailboxLength: 1,
        links: [starter.pid],
        trapExit: false,
        lastMessage: { type: 'call', name: 'fail', args: ['now'], from: undefined },
        state: { n: 1 },
      },
    ]);
  });

  it('knows the message also when the handler was async, and none for an init', async () => {
    const ref = await Worker.start();
    ref.cast('failLater');
    await world.pass(1);
    Worker.failStarts = 1;
    await expect(Worker.start()).rejects.toThrow('no start');
    spawn(() => {
      throw new Error('plain');
    });
    await world.quiet();
    expect(crashes.map(({ behaviour, lastMessage }) => [behaviour, lastMessage])).toEqual([
      ['Worker', { type: 'cast', name: 'failLater', args: [] }],
      ['Worker', undefined],
      ['process', undefined],
    ]);
  });

  it('is not made for orderly ends, nor for exit signals', async () => {
    for (const reason of ['normal', 'shutdown']) await Worker.stop(await Worker.start(), reason);
    const ref = await Worker.start();
    const killer = new Probe();
    await killer.do((context) => context.exit(ref, 'boom'));
    await world.quiet();
    expect(crashes).toEqual([]);
    await Worker.stop(await Worker.start(), 'odd');
    expect(crashes.map(({ reason }) => reason)).toEqual(['odd']);
  });

  it('survives a state that cannot be shown', async () => {
    class Odd extends Worker {
      override systemGetState(): never {
        throw new Error('no state');
      }
    }
    const ref = await Odd.start();
    ref.cast('fail', 'x');
    await world.quiet();
    expect(crashes.map(({ state }) => state)).toEqual([new Error('no state')]);
  });
});

const brief = ({ context, reason, child }: SupervisorReport): unknown[] => [
  context,
  reason instanceof Error ? reason.message : reason,
  child.id,
  child.pid === undefined ? 'not running' : 'pid',
];

describe('supervisor and progress reports', () => {
  it('tell of starts, ends and restarts, with the child', async () => {
    const top = await Top.start(supervise({ children: [{ start: Worker, id: 'w', restart: 'transient', shutdown: 100 }] }), {
      name: 'top',
    });
    const child = { id: 'w', start: 'Worker', restart: 'transient', shutdown: 100, significant: false, type: 'worker' };
    const [{ pid } = { pid: undefined }] = await Supervisor.whichChildren(top);
    expect(progress).toEqual([{ supervisor: top, name: 'top', child: { ...child, pid } }]);
    (pid as unknown as Ref<Worker>).cast('fail', 'boom');
    await world.quiet();
    expect(supervisorReports).toEqual([
      { supervisor: top, name: 'top', context: 'child_terminated', reason: new Error('boom'), child: { ...child, pid } },
    ]);
    expect(progress).toHaveLength(2);
  });

  it.each([
    ['permanent', 'normal', 1],
    ['permanent', 'shutdown', 1],
    ['transient', 'normal', 0],
    ['transient', 'odd', 1],
    ['temporary', 'shutdown', 0],
    ['temporary', 'odd', 1],
  ] as const)('a %s child that ends with %s makes %i', async (restart, reason, count) => {
    await Top.start(supervise({ children: [{ start: Worker, name: 'w', restart }] }));
    await Worker.stop('w', reason);
    await world.quiet();
    expect(supervisorReports.map(brief)).toEqual(count === 1 ? [['child_terminated', reason, 'w', 'pid']] : []);
  });

  it('tell of failed starts, and of too many restarts', async () => {
    Worker.failStarts = 1;
    await expect(Top.start(supervise({ children: [{ start: Worker, id: 'w' }] }))).rejects.toThrow();
    expect(supervisorReports.map(brief)).toEqual([['start_error', 'no start', 'w', 'not running']]);
    supervisorReports.length = 0;
    const top = await Top.start(supervise({ maxRestarts: 1, children: [{ start: Worker, name: 'w' }] }));
    const end = world.ended(top);
    Worker.failStarts = 1;
    Worker.at('w').cast('fail', 'boom');
    expect(await end).toBe('shutdown');
    expect(supervisorReports.map(brief)).toEqual([
      ['child_terminated', 'boom', 'w', 'pid'],
      ['start_error', 'no start', 'w', 'not running'],
      ['shutdown', 'reached_max_restart_intensity', 'w', 'not running'],
    ]);
  });

  it('tell of children that end otherwise than they are told to', async () => {
    const shutdownError = async (
      Class: typeof Worker,
      shutdown: number | 'brutalKill',
      restart: 'permanent' | 'transient',
    ): Promise<unknown[]> => {
      supervisorReports.length = 0;
      const top = await Top.start(supervise({ children: [{ start: Class, name: 'w', shutdown, restart }] }));
      await Class.at('w').call('stubborn');
      const stopped = Supervisor.terminateChild(top, 'w');
      await world.pass(2000);
      await stopped;
      await Supervisor.stop(top);
      return supervisorReports.map(brief);
    };
    expect(await shutdownError(Worker, 100, 'permanent')).toEqual([]);
    expect(await shutdownError(Worker, 'brutalKill', 'permanent')).toEqual([]);
    expect(await shutdownError(Slow, 100, 'permanent')).toEqual([['shutdown_error', 'killed', 'w', 'pid']]);
    expect(await shutdownError(Slow, 5000, 'permanent')).toEqual([]);
    class Contrary extends Worker {
      override terminate(): void {
        this.exit(this.self, 'contrary');
        throw new Error('contrary');
      }
    }
    expect(await shutdownError(Contrary, 100, 'transient')).toEqual([['shutdown_error', 'contrary', 'w', 'pid']]);
  });

  it.each([
    ['permanent', [['shutdown_error', 'normal', 'own', 'pid']]],
    ['transient', []],
  ] as const)('let a child that is not permanent end normally when it is stopped: %s', async (restart, reports) => {
    const start = async (): Promise<Ref<unknown>> =>
      spawnLink(async ({ receive }) => void (await receive()), { trapExit: true }) as Ref<unknown>;
    const top = await Top.start(supervise({ children: [{ id: 'own', start, restart }] }));
    await Supervisor.terminateChild(top, 'own');
    expect(supervisorReports.map(brief)).toEqual(reports);
  });

  it('tell why a child had ended that was to be stopped', async () => {
    const top = await Top.start(supervise({ children: [{ start: Worker, name: 'w' }] }));
    Worker.at('w').cast('fail', 'first');
    await Supervisor.terminateChild(top, 'w');
    expect(supervisorReports.map(brief)).toEqual([['shutdown_error', 'first', 'w', 'pid']]);
  });

  it('come from dynamic supervisors too', async () => {
    class Workers extends DynamicSupervisor<Worker> {
      override init() {
        return { maxRestarts: 1 };
      }
    }
    const workers = await Workers.start();
    const child = await Workers.startChild(workers, Worker);
    expect(progress.map(({ child: { id, pid } }) => [id, pid])).toEqual([['Worker', child]]);
    child.cast('fail', 'one');
    await world.quiet();
    const end = world.ended(workers);
    const [{ pid } = { pid: undefined }] = await Workers.whichChildren(workers);
    (pid as unknown as Ref<Worker>).cast('fail', 'two');
    await end;
    expect(supervisorReports.map(brief)).toEqual([
      ['child_terminated', 'one', 'Worker', 'pid'],
      ['child_terminated', 'two', 'Worker', 'pid'],
      ['shutdown', 'reached_max_restart_intensity', 'Worker', 'pid'],
    ]);
  });
});

describe('other reports', () => {
  it('tell of messages that nobody handles', async () => {
    const ref = await Worker.start(undefined, { name: 'worker' });
    ref.send('what');
    await world.quiet();
    expect(unknown).toEqual([{ pid: ref, behaviour: 'Worker', name: 'worker', message: 'what' }]);
    expect(await sys.getState(ref)).toEqual({ n: 1 });
  });

  it('tell what a traced process does', async () => {
    const ref = await Worker.start();
    await sys.trace(ref, true);
    ref.send('x');
    await world.quiet();
    expect(traces).toEqual([
      { pid: ref, event: { event: 'in', message: { type: 'info', message: 'x' } } },
      { pid: ref, event: { event: 'state', state: { n: 1 } } },
    ]);
  });
});

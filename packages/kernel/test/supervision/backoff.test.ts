import { type BackoffOptions, DynamicSupervisor, exit, GenServer, type Pid, Supervisor, supervise } from '@rekindle/kernel';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { check } from '../support/property.js';
import { childPid, type InitStep, Tree, Worker, type WorkerArgs } from '../support/tree.js';
import { useWorld, World } from '../support/world.js';

const world = useWorld();
let log: string[];
beforeEach(() => {
  log = [];
});

class Workers extends DynamicSupervisor<Worker> {
  override init(backoff: BackoffOptions) {
    return { backoff, maxRestarts: 100 };
  }
}

const worker = (id: string, ...init: InitStep[]): { start: typeof Worker; id: string; args: WorkerArgs } => ({
  start: Worker,
  id,
  args: { id, log, trapExit: true, ...(init.length > 0 ? { init } : {}) },
});
const backoff = { minMs: 100, maxMs: 1000 };

/** Kills the child and tells how long it takes until it runs again. */
async function waitAfterKill(ref: Pid, id = 'a'): Promise<number> {
  exit(await childPid(ref, id), 'kill');
  await world.quiet();
  const before = log.length;
  for (let ms = 0; ; ms += 50) {
    if (log.length > before) return ms;
    await world.pass(50);
  }
}

describe('a supervisor with back-off', () => {
  it('waits longer and longer, up to a limit, until the child has recovered', async () => {
    const ref = await Tree.start(supervise({ backoff, maxRestarts: 100, children: [worker('a')] }));
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) waits.push(await waitAfterKill(ref));
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
    await world.pass(999);
    expect(await waitAfterKill(ref)).toBe(1000);
    await world.pass(1000);
    expect(await waitAfterKill(ref)).toBe(100);
  });

  it('shows the child as restarting meanwhile', async () => {
    const ref = await Tree.start(supervise({ backoff, children: [worker('a')] }));
    exit(await childPid(ref, 'a'), 'kill');
    await world.quiet();
    expect(await Supervisor.whichChildren(ref)).toMatchObject([{ id: 'a', pid: 'restarting' }]);
    expect(await Supervisor.countChildren(ref)).toMatchObject({ specs: 1, active: 0 });
    await expect(Supervisor.restartChild(ref, 'a')).rejects.toMatchObject({ code: 'restarting' });
    await expect(Supervisor.deleteChild(ref, 'a')).rejects.toMatchObject({ code: 'restarting' });
    await world.pass(100);
    expect(await childPid(ref, 'a')).toBeDefined();
  });

  it('can be told not to, or to start it at once', async () => {
    const ref = await Tree.start(supervise({ backoff, children: [worker('a')] }));
    exit(await childPid(ref, 'a'), 'kill');
    await world.quiet();
    await Supervisor.terminateChild(ref, 'a');
    await world.pass(1000);
    expect(log).toEqual(['+a']);
    await Supervisor.restartChild(ref, 'a');
    exit(await childPid(ref, 'a'), 'kill');
    await world.quiet();
    await Supervisor.terminateChild(ref, 'a');
    await Supervisor.restartChild(ref, 'a');
    await world.pass(1000);
    expect(log).toEqual(['+a', '+a', '+a']);
  });

  it('waits before each try of a start that fails', async () => {
    const ref = await Tree.start(supervise({ backoff, maxRestarts: 100, children: [worker('a', 'ok', 'stop', 'stop', 'ok')] }));
    exit(await childPid(ref, 'a'), 'kill');
    await world.pass(699);
    expect(log).toEqual(['+a']);
    await world.pass(1);
    expect(log).toEqual(['+a', '+a']);
  });

  it('counts each restart', async () => {
    const ref = await Tree.start(supervise({ backoff, maxRestarts: 2, maxSeconds: 60, children: [worker('a'), worker('b')] }));
    const end = world.ended(ref);
    await waitAfterKill(ref);
    await waitAfterKill(ref);
    exit(await childPid(ref, 'a'), 'kill');
    expect(await end).toBe('shutdown');
    const failing = await Tree.start(supervise({ backoff, maxRestarts: 2, maxSeconds: 60, children: [worker('a', 'ok', 'stop')] }));
    const failed = world.ended(failing);
    exit(await childPid(failing, 'a'), 'kill');
    await world.pass(300);
    expect(await failed).toBe('shutdown');
    expect(world.alive).toBe(0);
  });

  it.each([
    ['oneForAll', ['-c: shutdown', '-a: shutdown'], ['+a', '+b', '+c']],
    ['restForOne', ['-c: shutdown'], ['+b', '+c']],
  ] as const)('stops the others at once and starts them after the wait: %s', async (strategy, stopped, started) => {
    const ref = await Tree.start(supervise({ strategy, backoff, children: [worker('a'), worker('b'), worker('c')] }));
    log.length = 0;
    exit(await childPid(ref, 'b'), 'kill');
    await world.pass(99);
    expect(log).toEqual(stopped);
    await world.pass(1);
    expect(log.slice(stopped.length)).toEqual(started);
  });

  it('starts nothing once it is told to end', async () => {
    const ref = await Tree.start(supervise({ backoff, children: [worker('a')] }));
    exit(await childPid(ref, 'a'), 'kill');
    await world.quiet();
    await GenServer.stop(ref);
    await world.pass(1000);
    expect(log).toEqual(['+a']);
    expect(world.alive).toBe(0);
  });

  it('does not wait for a child that is not restarted', async () => {
    const ref = await Tree.start(supervise({ backoff, children: [{ ...worker('a'), restart: 'transient' }] }));
    await GenServer.stop(await childPid(ref, 'a'));
    await world.pass(1000);
    expect(log).toEqual(['+a', '-a: normal']);
  });
});

describe.each(['DynamicSupervisor', 'simpleOneForOne'])('back-off of a %s', (kind) => {
  async function start(...init: InitStep[]): Promise<{ ref: Pid; kill: () => Promise<void> }> {
    const { args } = worker('a', ...init);
    const ref =
      kind === 'DynamicSupervisor'
        ? await Workers.start(backoff)
        : await Tree.start(supervise({ strategy: 'simpleOneForOne', backoff, maxRestarts: 100, children: [{ start: Worker, args }] }));
    if (kind === 'DynamicSupervisor') await Workers.startChild(ref, { start: Worker, args });
    else await Supervisor.startChild(ref, undefined as never);
    const kill = async (): Promise<void> => {
      const [child] = await Supervisor.whichChildren(ref);
      exit(child?.pid as Pid, 'kill');
      await world.quiet();
    };
    return { ref, kill };
  }

  it('is for each child by itself, and follows it from pid to pid', async () => {
    const { ref, kill } = await start();
    for (const ms of [100, 200, 400]) {
      await kill();
      expect(await Supervisor.whichChildren(ref)).toMatchObject([{ pid: 'restarting' }]);
      log.length = 0;
      await world.pass(ms - 1);
      expect(log).toEqual([]);
      await world.pass(1);
      expect(log).toEqual(['+a']);
    }
    await world.pass(1000);
    await kill();
    log.length = 0;
    await world.pass(100);
    expect(log).toEqual(['+a']);
  });

  it('waits before each try of a start that fails', async () => {
    const { kill } = await start('ok', 'stop', 'stop', 'ok');
    await kill();
    log.length = 0;
    await world.pass(699);
    expect(log).toEqual([]);
    await world.pass(1);
    expect(log).toEqual(['+a']);
  });

  it('forgets a child that is stopped meanwhile', async () => {
    const { ref, kill } = await start();
    const [child] = await Supervisor.whichChildren(ref);
    await kill();
    await Supervisor.terminateChild(ref, child?.pid as Pid);
    expect(await Supervisor.whichChildren(ref)).toEqual([]);
    log.length = 0;
    await world.pass(1000);
    expect(log).toEqual([]);
  });
});

describe('the options', () => {
  it.each([
    5,
    { minMs: -1, maxMs: 1 },
    { minMs: 2, maxMs: 1 },
    { minMs: 1 },
    { minMs: 1, maxMs: 2, factor: 0.5 },
    { minMs: 1, maxMs: 2, jitter: 2 },
    { minMs: 1, maxMs: 2, resetAfterMs: -1 },
  ])('are checked: %o', async (options) => {
    const refused = { reason: { code: 'bad_option', message: expect.stringContaining('backoff') } };
    await expect(Tree.start(supervise({ backoff: options as never, children: [] as never[] }))).rejects.toMatchObject(refused);
    await expect(Workers.start(options as never)).rejects.toMatchObject(refused);
  });

  it('bound every wait', async () => {
    const some = fc.record({
      minMs: fc.integer({ min: 0, max: 1000 }),
      more: fc.integer({ min: 0, max: 5000 }),
      factor: fc.integer({ min: 1, max: 4 }),
      jitter: fc.constantFrom(0, 0.25, 1),
      chances: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 6 }),
    });
    await check(40, some, async ({ minMs, more, factor, jitter, chances }) => {
      const own = new World();
      await own.open();
      const starts: number[] = [];
      class Dying extends GenServer {
        override init() {
          starts.push(own.host.now());
        }
      }
      let at = 0;
      own.host.random = () => chances[at++ % chances.length] as number;
      const maxMs = minMs + more;
      const ref = await Tree.start(
        supervise({
          backoff: { minMs, maxMs, factor, jitter, resetAfterMs: Number.POSITIVE_INFINITY },
          maxRestarts: 100,
          children: [{ start: Dying, id: 'a' }],
        }),
      );
      for (let failure = 1; failure <= 6; failure++) {
        const killed = own.host.now();
        exit(await childPid(ref, 'a'), 'kill');
        await own.pass(maxMs + 2);
        const wait = (starts.at(-1) as number) - killed;
        const full = Math.min(maxMs, minMs * factor ** (failure - 1));
        const chance = chances[(failure - 1) % chances.length] as number;
        // Timers fire with the next tick of a millisecond.
        expect(Math.abs(wait - Math.max(1, Math.round(full * (1 - jitter * chance))))).toBeLessThanOrEqual(1);
        expect(starts.length).toBe(failure + 1);
      }
      own.close();
    });
  });
});

describe('extra arguments of a DynamicSupervisor', () => {
  class Given extends GenServer {
    args: unknown;
    override init(args: { id: string; limit: number }): void {
      this.args = args;
    }
    given(): unknown {
      return this.args;
    }
  }
  class Rooms extends DynamicSupervisor<Given, { limit: number }> {
    override init(extraArguments: { limit: number }) {
      return { extraArguments };
    }
  }

  it('go to each child, under its own', async () => {
    const ref = await Rooms.start({ limit: 10 });
    const a = await Rooms.startChild(ref, { start: Given, args: { id: 'a' } });
    expect(await a.call('given')).toEqual({ id: 'a', limit: 10 });
    const b = await Rooms.startChild(ref, { start: Given, args: { id: 'b', limit: 5 } });
    expect(await b.call('given')).toEqual({ id: 'b', limit: 5 });
    exit(a, 'kill');
    await world.quiet();
    const pids = (await Rooms.whichChildren(ref)).map(({ pid }) => pid as unknown as typeof a);
    expect(await Promise.all(pids.map((pid) => pid.call('given')))).toContainEqual({ id: 'a', limit: 10 });
  });

  it('are checked', async () => {
    await expect(Rooms.start(5 as never)).rejects.toMatchObject({ reason: { code: 'bad_option' } });
  });
});

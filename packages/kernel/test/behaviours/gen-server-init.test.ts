import { exit, GenServer, ignore, isAlive, type Pid, StartError, sleep, stop, whereis } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

type Outcome = 'ok' | 'ignore' | 'stop' | 'throw' | 'reject' | 'badReturn' | 'exit' | 'slow' | 'never';

class Starting extends GenServer {
  static terminated = 0;
  ready = false;
  override async init(outcome: Outcome) {
    if (outcome === 'slow') await sleep(100);
    if (outcome === 'never') await new Promise(() => {});
    if (outcome === 'ignore') return ignore();
    if (outcome === 'stop') return stop('refused');
    if (outcome === 'reject') throw new Error('rejected');
    if (outcome === 'badReturn') return 42 as never;
    if (outcome === 'exit') exit('left');
    this.ready = true;
    return;
  }
  isReady(): boolean {
    return this.ready;
  }
  override terminate(): void {
    Starting.terminated++;
  }
}
class Throwing extends GenServer {
  override init(error: unknown): void {
    throw error;
  }
}

const FAILURES: [Outcome, unknown][] = [
  ['stop', 'refused'],
  ['reject', expect.objectContaining({ message: 'rejected' })],
  ['badReturn', { bad_return_value: 42 }],
  ['exit', 'left'],
];

describe('start', () => {
  it('resolves when init is done, also an async one; requests before that wait', async () => {
    const started = Starting.start('slow', { name: 'starting' });
    await world.quiet();
    const early = Starting.at('starting').call('isReady');
    await world.pass(99);
    let done = false;
    started.then(() => (done = true));
    await world.quiet();
    expect(done).toBe(false);
    await world.pass(1);
    expect(await early).toBe(true);
    expect(await started).toBe(whereis('starting'));
  });

  it('gives init its argument, and undefined when there is none', async () => {
    const seen: unknown[] = [];
    class Taking extends GenServer {
      override init(args?: { n: number }): void {
        seen.push(args);
      }
    }
    await Taking.start();
    await Taking.start({ n: 1 });
    expect(seen).toEqual([undefined, { n: 1 }]);
  });

  it('makes a new instance for each process', async () => {
    class Counter extends GenServer {
      list: number[] = [];
      add(n: number): number[] {
        this.list.push(n);
        return this.list;
      }
    }
    const [a, b] = [await Counter.start(), await Counter.start()];
    await a.call('add', 1);
    expect(await b.call('add', 2)).toEqual([2]);
  });

  it('resolves to undefined when init answers ignore, and leaves nothing behind', async () => {
    expect(await Starting.start('ignore', { name: 'starting' })).toBeUndefined();
    expect(whereis('starting')).toBeUndefined();
    expect(world.alive).toBe(0);
  });

  it.each(FAILURES)('rejects with init_failed and the reason when init does %s', async (outcome, reason) => {
    Starting.terminated = 0;
    const failed = Starting.start(outcome, { name: 'starting' });
    await expect(failed).rejects.toBeInstanceOf(StartError);
    await expect(failed).rejects.toMatchObject({ code: 'init_failed', reason });
    expect(Starting.terminated).toBe(0);
    expect(world.alive).toBe(0);
    expect(await Starting.start('ok', { name: 'starting' })).toBe(whereis('starting'));
  });

  it.each([
    [new RangeError('boom'), expect.any(RangeError)],
    [stop('thrown'), 'thrown'],
    [42, { bad_return_value: 42 }],
  ])('rejects when init throws %s', async (thrown, reason) => {
    await expect(Throwing.start(thrown)).rejects.toMatchObject({ code: 'init_failed', reason });
  });

  it('has the thrown error as cause, and names the class', async () => {
    const error = await Throwing.start(new RangeError('boom')).catch((e: unknown) => e);
    expect(error).toMatchObject({ cause: expect.any(RangeError), message: 'Throwing could not be started: RangeError: boom' });
    expect(StartError.is(error, 'init_failed')).toBe(true);
    expect(StartError.is(error, 'timeout')).toBe(false);
  });

  it('rejects with already_started and the holder when the name is taken', async () => {
    const holder = await Starting.start('ok', { name: 'starting' });
    const failed = Starting.start('ok', { name: 'starting' });
    await expect(failed).rejects.toMatchObject({ code: 'already_started', pid: holder });
    expect(whereis('starting')).toBe(holder);
    expect(world.alive).toBe(1);
  });

  it('has the name before init runs', async () => {
    const seen: unknown[] = [];
    class Named extends GenServer {
      override init(): void {
        seen.push(whereis('named'), this.self);
      }
    }
    const named = await Named.start(undefined, { name: 'named' });
    expect(seen).toEqual([named, named]);
  });

  it('with timeoutMs kills a process that takes longer and rejects with timeout', async () => {
    const failed = expect(Starting.start('never', { timeoutMs: 50, name: 'starting' })).rejects.toMatchObject({ code: 'timeout' });
    await world.pass(49);
    expect(world.alive).toBe(1);
    await world.pass(1);
    await failed;
    expect(world.alive).toBe(0);
    expect(whereis('starting')).toBeUndefined();
  });

  it('with timeoutMs leaves a process that was in time alone', async () => {
    const ref = (await Starting.start('ok', { timeoutMs: 50 })) as Pid;
    await world.pass(100);
    expect(isAlive(ref)).toBe(true);
  });

  it('goes on without its caller, if that ends meanwhile', async () => {
    const caller = new Probe();
    caller.tell((context) => context.start(Starting, 'slow', { name: 'starting' }));
    await world.quiet();
    exit(caller.pid, 'kill');
    await world.pass(100);
    expect(await Starting.at('starting').call('isReady')).toBe(true);
  });

  it('refuses a class that is no process', () => {
    return expect(new Probe().do((context) => context.start(Date as never))).rejects.toMatchObject({ code: 'bad_child_spec' });
  });
});

describe('startLink', () => {
  it('links before init runs', async () => {
    const starter = new Probe({ trapExit: true });
    const ref = (await starter.do((context) => context.startLink(Starting, 'ok'))) as Pid;
    exit(ref, 'boom');
    expect(await starter.next()).toEqual({ type: 'EXIT', pid: ref, reason: 'boom' });
  });

  it('ends the process when its starter ends during init', async () => {
    const starter = new Probe();
    starter.tell((context) => context.startLink(Starting, 'never', { name: 'starting' }));
    await world.quiet();
    exit(starter.pid, 'boom');
    await world.quiet();
    expect(world.alive).toBe(0);
    expect(whereis('starting')).toBeUndefined();
  });

  it.each(FAILURES)('ends a starter that does not trap exits when init does %s', async (outcome, reason) => {
    const starter = new Probe();
    const end = world.ended(starter.pid);
    starter.tell((context) => context.startLink(Starting, outcome).catch(() => {}));
    expect(await end).toEqual(reason);
  });

  it('is no end of its starter when init answers ignore or the name is taken', async () => {
    await Starting.start('ok', { name: 'taken' });
    const starter = new Probe();
    expect(await starter.do((context) => context.startLink(Starting, 'ignore'))).toBeUndefined();
    await expect(starter.do((context) => context.startLink(Starting, 'ok', { name: 'taken' }))).rejects.toMatchObject({
      code: 'already_started',
    });
    await world.quiet();
    expect(isAlive(starter.pid)).toBe(true);
  });

  it('is no end of its starter when it takes longer than timeoutMs, and no message either', async () => {
    for (const trapExit of [false, true]) {
      const starter = new Probe({ trapExit });
      const failed = expect(starter.do((context) => context.startLink(Starting, 'never', { timeoutMs: 50 }))).rejects.toMatchObject({
        code: 'timeout',
      });
      await world.pass(50);
      await failed;
      expect(isAlive(starter.pid)).toBe(true);
      expect(await starter.mail()).toEqual([]);
    }
  });

  it('without a running process throws no_process and says what works', () => {
    expect(() => Starting.startLink('ok')).toThrow(expect.objectContaining({ code: 'no_process' }));
    expect(() => Starting.startLink('ok')).toThrow(
      /inside a handler write this\.startLink\(Starting, \.\.\.\), elsewhere Starting\.start\(\.\.\.\)/,
    );
    expect(world.alive).toBe(0);
  });

  it("throws no_process after an await of something that is not the kernel's", async () => {
    const pid = new Probe();
    const end = world.ended(pid.pid);
    pid.tell(async () => {
      await Promise.resolve();
      await Starting.startLink('ok');
    });
    expect(await end).toMatchObject({ code: 'no_process' });
  });
});

describe('an instance made by hand', () => {
  it('has no effects', async () => {
    class Tool extends GenServer {
      act(): boolean {
        this.trapExit(true);
        this.sendAfter(0, 'x' as never);
        this.spawn(() => {}).send('x');
        this.link(new Probe().pid);
        return this.signal.aborted;
      }
    }
    expect(new Tool().act()).toBe(true);
    await world.quiet();
    const before = new Probe();
    expect(isAlive(before.pid)).toBe(true);
  });
});

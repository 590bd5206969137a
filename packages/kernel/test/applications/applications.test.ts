import { channel } from 'node:diagnostics_channel';
import {
  Application,
  exit,
  GenServer,
  ignore,
  type Pid,
  type StrayErrorReport,
  self,
  sleep,
  startApplications,
  supervise,
} from '@rekindle/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { Tree, Worker } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let log: string[];
beforeEach(() => {
  log = [];
});

const worker = (id: string, terminateMs?: number) => ({
  start: Worker,
  id,
  name: id,
  args: { id, log, trapExit: true, ...(terminateMs === undefined ? {} : { terminateMs }) },
});

class Store extends Application {
  override children() {
    return supervise({ children: [worker('db'), worker('cache')] });
  }
}
class Mail extends Application {
  override children() {
    return supervise({ children: [worker('mailer')] });
  }
}
class Shop extends Application {
  static override readonly applications = [Store, Mail];
  override children() {
    log.push('+shop');
    return supervise({ children: [worker('basket')] });
  }
  override async prepareStop(): Promise<void> {
    await sleep(10);
    log.push('shop prepares');
  }
  override async stopped(): Promise<void> {
    await sleep(10);
    log.push('shop stopped');
  }
}

describe('startApplications', () => {
  it('starts what an application depends on first, and stops in reverse', async () => {
    const running = await startApplications([Shop]);
    expect(log).toEqual(['+db', '+cache', '+mailer', '+shop', '+basket']);
    expect(running.which()).toMatchObject(['Store', 'Mail', 'Shop'].map((name) => ({ name, type: 'permanent' })));
    log.length = 0;
    const stopped = running.stop();
    await world.pass(20);
    expect(await stopped).toEqual({ code: 0 });
    expect(await running.exited).toEqual({ code: 0 });
    expect(log).toEqual(['shop prepares', '-basket: shutdown', 'shop stopped', '-mailer: shutdown', '-cache: shutdown', '-db: shutdown']);
    expect(running.which()).toEqual([]);
    expect(world.alive).toBe(0);
  });

  it('waits for one start before the next', async () => {
    class Slow extends Application {
      override async children() {
        await sleep(100);
        log.push('+slow');
        return supervise({ children: [] });
      }
    }
    class Fast extends Application {
      static override readonly applications = [Slow];
      override children() {
        log.push('+fast');
        return supervise({ children: [] });
      }
    }
    const started = startApplications([Fast]);
    await world.pass(99);
    expect(log).toEqual([]);
    await world.pass(1);
    await started;
    expect(log).toEqual(['+slow', '+fast']);
  });

  it('stops what it has started if one fails', async () => {
    class Bad extends Application {
      static override readonly applications = [Store, Mail];
      override children(): never {
        throw new Error('no');
      }
    }
    await expect(startApplications([Bad])).rejects.toMatchObject({
      name: 'StartError',
      code: 'init_failed',
      reason: { message: 'no' },
    });
    expect(log).toEqual(['+db', '+cache', '+mailer', '-mailer: shutdown', '-cache: shutdown', '-db: shutdown']);
    expect(world.alive).toBe(0);
  });

  it('gives up on one that takes too long to start', async () => {
    class Never extends Application {
      override children(): Promise<never> {
        return new Promise(() => {});
      }
    }
    const failed = startApplications([Store, Never], { startTimeoutMs: 50 }).catch((error: unknown) => error);
    await world.pass(50);
    expect(await failed).toMatchObject({ code: 'timeout' });
    expect(world.alive).toBe(0);
  });

  it('goes on without one that answers ignore', async () => {
    class Unneeded extends Application {
      override children() {
        return ignore();
      }
    }
    expect((await startApplications([Unneeded, Mail])).which()).toMatchObject([{ name: 'Mail' }]);
  });

  it('refuses what is no application, circles and bad options', async () => {
    expect(() => startApplications([Worker as never])).toThrow(expect.objectContaining({ code: 'bad_child_spec' }));
    class Hen extends Application {
      static override applications: (new () => Application)[] = [];
      override children() {
        return supervise({ children: [] });
      }
    }
    class Egg extends Hen {
      static override readonly applications = [Hen];
    }
    Hen.applications = [Egg];
    expect(() => startApplications([Egg])).toThrow(
      expect.objectContaining({ code: 'bad_option', message: expect.stringContaining('Egg -> Hen -> Egg') }),
    );
    expect(() => startApplications([Store], { type: 'forever' as never })).toThrow(expect.objectContaining({ code: 'bad_option' }));
    expect(() => startApplications([Store], { stopTimeoutMs: -1 })).toThrow(expect.objectContaining({ code: 'bad_option' }));
    await world.quiet();
    expect(world.alive).toBe(0);
  });

  it('can be told to start and stop more', async () => {
    const running = await startApplications([Store]);
    await running.start([Shop], { type: 'temporary' });
    expect(running.which()).toMatchObject([
      { name: 'Store', type: 'permanent' },
      { name: 'Mail', type: 'temporary' },
      { name: 'Shop', type: 'temporary' },
    ]);
    await running.stopApplication(Store);
    expect(running.which()).toMatchObject([{ name: 'Mail' }, { name: 'Shop' }]);
    await expect(running.stopApplication(Store)).rejects.toMatchObject({ name: 'ChildError', code: 'not_found' });
    const stopped = running.stop();
    await expect(running.start([Store])).rejects.toMatchObject({ code: 'init_failed', reason: 'shutdown' });
    await world.pass(20);
    expect(await stopped).toEqual({ code: 0 });
  });

  it('leaves a process that calls it known as the running one', async () => {
    const probe = new Probe();
    const pid = await probe.do(async () => {
      await startApplications([Mail]);
      return self();
    });
    expect(pid).toBe(probe.pid);
  });
});

describe('an application that ends by itself', () => {
  const top = (name: string, running: { which(): { name: string; pid: Pid }[] }): Pid =>
    running.which().find((app) => app.name === name)?.pid as Pid;

  it.each([
    ['permanent', 'normal', true],
    ['permanent', 'boom', true],
    ['transient', 'normal', false],
    ['transient', 'shutdown', true],
    ['temporary', 'boom', false],
  ] as const)('and is %s, for %s: takes the others along: %s', async (type, reason, all) => {
    const running = await startApplications([Store]);
    await running.start([Mail], { type });
    const pid = top('Mail', running);
    if (reason === 'boom') exit(pid, 'kill');
    else void GenServer.stop(pid, reason);
    await world.quiet();
    if (all) {
      expect(await running.exited).toEqual({ code: 70, application: 'Mail', reason: reason === 'boom' ? 'killed' : reason });
      expect(log.slice(-2)).toEqual(['-cache: shutdown', '-db: shutdown']);
      expect(world.alive).toBe(0);
    } else {
      expect(running.which()).toMatchObject([{ name: 'Store' }]);
      expect(await running.stop()).toEqual({ code: 0 });
    }
  });

  it('has given up when its children were restarted too often, and is not asked to prepare for that', async () => {
    const running = await startApplications([Shop]);
    for (let i = 0; i < 4; i++) {
      exit(Worker.whereis('basket') as Pid, 'kill');
      await world.quiet();
    }
    await world.pass(10);
    expect(await running.exited).toEqual({ code: 70, application: 'Shop', reason: 'shutdown' });
    expect(log).not.toContain('shop prepares');
    expect(log).toContain('shop stopped');
    expect(world.alive).toBe(0);
  });
});

describe('deadlines', () => {
  class Slow extends Application {
    override children() {
      return supervise({ children: [{ ...worker('slow', 1000), shutdown: 'infinity' }] });
    }
  }
  class Hurried extends Application {
    static override readonly stopTimeoutMs = 100;
    override children() {
      return supervise({ children: [{ ...worker('hurried', 1000), shutdown: 'infinity' }] });
    }
  }

  it('of one application: it is killed, the others are not', async () => {
    const running = await startApplications([Slow, Hurried]);
    const stopped = running.stop();
    await world.pass(99);
    expect(running.which()).toMatchObject([{ name: 'Slow' }, { name: 'Hurried' }]);
    await world.pass(1);
    expect(running.which()).toMatchObject([{ name: 'Slow' }]);
    // What it was waiting for is no longer linked to it, and takes the time it takes, as in OTP.
    await world.pass(999);
    expect(log.slice(2)).toEqual(['-hurried: shutdown']);
    await world.pass(1);
    expect(await stopped).toEqual({ code: 1 });
    expect(log.slice(2)).toEqual(['-hurried: shutdown', '-slow: shutdown']);
    expect(world.alive).toBe(0);
  });

  it('of all: what is left is killed', async () => {
    const running = await startApplications([Store, Slow], { stopTimeoutMs: 500 });
    const stopped = running.stop();
    await world.pass(500);
    expect(await stopped).toEqual({ code: 1 });
    expect(running.which()).toEqual([]);
  });

  it('30 seconds unless told otherwise, also for one that is just starting', async () => {
    class Never extends Application {
      override children(): Promise<never> {
        return new Promise(() => {});
      }
    }
    const running = await startApplications([Store]);
    const never = running.start([Never]).catch((error: unknown) => error);
    await world.quiet();
    const stopped = running.stop();
    await world.pass(29_999);
    expect(running.which()).toMatchObject([{ name: 'Store' }]);
    await world.pass(1);
    expect(await stopped).toEqual({ code: 1 });
    expect(await never).toMatchObject({ code: 'init_failed', reason: 'killed' });
    await world.quiet();
    expect(world.alive).toBe(0);
  });
});

describe('callbacks', () => {
  const strays: unknown[] = [];
  const listen = (report: unknown): void => void strays.push((report as StrayErrorReport).error);
  beforeEach(() => {
    strays.length = 0;
    channel('rekindle.stray_error').subscribe(listen);
  });
  afterEach(() => {
    channel('rekindle.stray_error').unsubscribe(listen);
  });

  class Phased extends Application {
    static override readonly startPhases = ['listen', 'announce'];
    override children() {
      return supervise({ children: [worker('server')] });
    }
    override async startPhase(phase: string): Promise<void> {
      await sleep(10);
      log.push(phase);
    }
  }

  it('run the start phases in order, after the children have started', async () => {
    const started = startApplications([Phased, Mail]);
    await world.pass(20);
    await started;
    expect(log).toEqual(['+server', 'listen', 'announce', '+mailer']);
  });

  it('fail the start with an error in a phase, after stopping the children', async () => {
    class Failing extends Phased {
      override startPhase(phase: string): Promise<void> {
        return phase === 'announce' ? Promise.reject(new Error('deaf')) : super.startPhase(phase);
      }
    }
    const failed = startApplications([Failing]).catch((error: unknown) => error);
    await world.pass(10);
    expect(await failed).toMatchObject({ code: 'init_failed', reason: { message: 'deaf' } });
    expect(log).toEqual(['+server', 'listen', '-server: shutdown']);
    expect(world.alive).toBe(0);
  });

  it('stop the children whatever the callbacks do', async () => {
    class Throwing extends Application {
      override children() {
        return supervise({ children: [worker('w')] });
      }
      override prepareStop(): never {
        throw new Error('first');
      }
      override stopped(): Promise<never> {
        return Promise.reject(new Error('second'));
      }
    }
    const running = await startApplications([Throwing]);
    expect(await running.stop()).toEqual({ code: 0 });
    expect(log).toEqual(['+w', '-w: shutdown']);
    expect(strays).toMatchObject([{ message: 'first' }, { message: 'second' }]);
  });
});

describe('configuration', () => {
  type Config = { url: string; size: number };
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate(value: unknown) {
        const { url, size = 1 } = value as Partial<Record<keyof Config, unknown>>;
        const issues = [
          ...(typeof url === 'string' ? [] : [{ message: 'expected a text', path: ['url'] }]),
          ...(Number.isInteger(Number(size)) ? [] : [{ message: 'expected an integer', path: [{ key: 'size' }] }]),
        ];
        return issues.length > 0 ? { issues } : { value: { url: url as string, size: Number(size) } };
      },
    },
  };
  const seen: Config[] = [];
  class Configured extends Application<Config> {
    static override readonly config = schema;
    static override readonly env = { url: 'REKINDLE_TEST_URL', size: 'REKINDLE_TEST_SIZE' };
    override children(config: Config) {
      seen.push(config);
      return supervise({ children: [] });
    }
    override stopped(): void {
      seen.push(this.config);
    }
  }
  beforeEach(() => {
    seen.length = 0;
  });
  afterEach(() => {
    delete process.env.REKINDLE_TEST_URL;
    delete process.env.REKINDLE_TEST_SIZE;
  });

  it('is checked, with defaults, and kept', async () => {
    const running = await startApplications([Configured], { config: { Configured: { url: 'a' } } });
    await running.stop();
    expect(seen).toEqual([
      { url: 'a', size: 1 },
      { url: 'a', size: 1 },
    ]);
  });

  it('comes from the environment, unless given', async () => {
    process.env.REKINDLE_TEST_URL = 'env';
    process.env.REKINDLE_TEST_SIZE = '7';
    await startApplications([Configured], { config: { Configured: { size: 8 } } });
    expect(seen).toEqual([{ url: 'env', size: 8 }]);
  });

  it('that is wrong fails the start, without showing values', async () => {
    process.env.REKINDLE_TEST_SIZE = 'secret';
    const error = await startApplications([Configured]).catch((failed: unknown) => failed);
    expect(error).toMatchObject({
      code: 'init_failed',
      reason: {
        code: 'bad_option',
        message: 'config of Configured: url (REKINDLE_TEST_URL): expected a text; size (REKINDLE_TEST_SIZE): expected an integer',
      },
    });
    await expect(startApplications([Configured], { config: { Configured: 5 as never } })).rejects.toMatchObject({
      reason: { message: expect.stringContaining('expected an object, got number') },
    });
  });

  it('is handed on as it is without a schema', async () => {
    class Plain extends Application<{ a?: number }> {
      override children(config: { a?: number }) {
        log.push(JSON.stringify(config));
        return supervise({ children: [] });
      }
    }
    await startApplications([Plain], { config: { Plain: { a: 1 } } });
    expect(log).toEqual(['{"a":1}']);
  });

  it('is an argument for an application that is a child', async () => {
    const ref = await Tree.start(supervise({ children: [Store, { start: Configured, args: { url: 'child' } }] }));
    expect(seen).toEqual([{ url: 'child', size: 1 }]);
    expect(await Tree.whichChildren(ref)).toMatchObject([
      { id: 'Store', type: 'supervisor' },
      { id: 'Configured', type: 'supervisor' },
    ]);
    await GenServer.stop(ref);
    expect(log).toEqual(['+db', '+cache', '-cache: shutdown', '-db: shutdown']);
    expect(world.alive).toBe(0);
  });
});

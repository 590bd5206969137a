import { CallError, type ExitReason, GenServer, isAlive, type Ref, sleep, spawn } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Echo extends GenServer<{ info: string }> {
  readonly log: unknown[] = [];
  echo(value: unknown): unknown {
    return value;
  }
  sum(...numbers: number[]): number {
    return numbers.reduce((a, b) => a + b, 0);
  }
  async slow(ms: number, what: string): Promise<string> {
    this.log.push(`${what} starts`);
    await sleep(ms);
    this.log.push(`${what} ends`);
    return what;
  }
  fail(reason: Error): never {
    throw reason;
  }
  note(what: string): void {
    this.log.push(what);
  }
  read(): unknown[] {
    return this.log;
  }
  ask(other: Ref<Echo>): Promise<unknown> {
    return this.call(other, 'echo', 'asked');
  }
  override handleInfo(message: unknown): void {
    this.log.push(message);
  }
}

/** The error that a promise is rejected with. */
async function rejection(promise: Promise<unknown>): Promise<CallError> {
  return promise.then(
    () => expect.unreachable('resolved'),
    (error) => error as CallError,
  );
}

describe('call', () => {
  it('resolves to what the method returns', async () => {
    const echo = await Echo.start();
    for (const value of [1, '', undefined, null, false, [1], { a: 1 }]) expect(await echo.call('echo', value)).toBe(value);
    expect(await echo.call('sum', 1, 2, 3)).toBe(6);
  });

  it('resolves to what the promise of an async method resolves to', async () => {
    const echo = await Echo.start();
    const reply = echo.call('slow', 10, 'a');
    await world.pass(10);
    expect(await reply).toBe('a');
  });

  it('works from outside, from a plain process and from another server', async () => {
    const [a, b] = [await Echo.start(), await Echo.start()];
    const probe = new Probe();
    expect(await a.call('echo', 'outside')).toBe('outside');
    expect(await probe.do(() => a.call('echo', 'plain'))).toBe('plain');
    expect(await a.call('ask', b)).toBe('asked');
  });

  it('works by name, looked up at each call', async () => {
    const ref = Echo.at('echo');
    expect(await rejection(ref.call('echo', 1))).toMatchObject({ code: 'noproc' });
    await Echo.start(undefined, { name: 'echo' });
    expect(await ref.call('echo', 1)).toBe(1);
    expect(Echo.whereis('echo')).toBeDefined();
    expect(Echo.whereis('other')).toBeUndefined();
  });

  it('never interleaves handlers of one process, async ones included', async () => {
    const echo = await Echo.start();
    const replies = [echo.call('slow', 20, 'a'), echo.call('slow', 10, 'b')];
    echo.send('info');
    echo.cast('note', 'cast');
    const log = echo.call('read');
    await world.pass(100);
    expect(await Promise.all(replies)).toEqual(['a', 'b']);
    expect(await log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'info', 'cast']);
  });

  it('lets other processes run meanwhile', async () => {
    const [slow, quick] = [await Echo.start(), await Echo.start()];
    const log: string[] = [];
    const reply = slow.call('slow', 50, 'slow').then((value) => log.push(value));
    await quick.call('echo', 'quick').then((value) => log.push(value as string));
    await world.pass(50);
    await reply;
    expect(log).toEqual(['quick', 'slow']);
  });

  it('rejects with timeout after 5 seconds', async () => {
    const echo = await Echo.start();
    let error: CallError | undefined;
    const failed = rejection(echo.call('slow', 10_000, 'a')).then((e) => (error = e));
    await world.pass(4999);
    expect(error).toBeUndefined();
    await world.pass(1);
    expect(await failed).toMatchObject({ code: 'timeout', reason: 'timeout', request: 'slow', message: "call 'slow' failed: timeout" });
  });

  it('within another time rejects then, or never', async () => {
    const echo = await Echo.start();
    const short = rejection(echo.within(10).call('slow', 9000, 'a'));
    const long = echo.within(Number.POSITIVE_INFINITY).call('slow', 9000, 'b');
    await world.pass(10);
    expect(await short).toMatchObject({ code: 'timeout' });
    await world.pass(18_000);
    expect(await long).toBe('b');
  });

  it.each([false, true])('that nobody can take says who was asked, and where; messages copied: %s', async (copied) => {
    if (copied) world.strict();
    class Asker extends GenServer {
      async ask(): Promise<unknown> {
        await sleep(1);
        return await this.call(Echo.at('nobody'), 'echo', 1).catch(String);
      }
      async where(): Promise<unknown> {
        return await this.call(Echo.at('nobody'), 'echo', 1).catch(({ stack }: Error) => stack);
      }
    }
    const asker = await Asker.start();
    const asked = asker.call('ask');
    await world.pass(1);
    expect(await asked).toBe("CallError: call 'echo' to 'nobody' failed: noproc");
    expect(await asker.call('where')).toMatch(
      /^CallError: call 'echo' to 'nobody' failed: noproc\n[\s\S]*at Asker\.where .*gen-server-call\.test\.ts/,
    );
    const gone = await Echo.start();
    await GenServer.stop(gone);
    await expect(gone.call('echo', 1)).rejects.toThrow(`call 'echo' to ${String(gone)} failed: noproc`);
  });

  it('shows where it was made when it fails, where messages are copied', async () => {
    world.strict();
    const echo = await Echo.start();
    class Asker extends GenServer {
      async ask(): Promise<unknown> {
        return await this.call(echo.within(10), 'slow', 9000, 'a').catch(({ stack }: Error) => stack);
      }
    }
    const asked = (await Asker.start()).call('ask');
    await world.pass(10);
    expect(await asked).toMatch(/^CallError: call 'slow' failed: timeout\n[\s\S]*at Asker\.ask .*gen-server-call\.test\.ts/);
  });

  it('drops a late reply', async () => {
    const echo = await Echo.start();
    const probe = new Probe();
    const failed = rejection(probe.do((context) => context.call(echo.within(10), 'slow', 20, 'late')));
    await world.pass(10);
    await failed;
    await world.pass(10);
    expect(await probe.mail()).toEqual([]);
    expect(await echo.call('echo', 'still alive')).toBe('still alive');
  });

  it('leaves no timer behind', async () => {
    const echo = await Echo.start();
    await echo.call('echo', 'x');
    await world.quiet(); // timers begin at the end of a turn
    expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });

  it('of itself rejects with calling_self at once', async () => {
    const echo = await Echo.start();
    expect(await rejection(echo.call('ask', echo))).toMatchObject({ code: 'exit', reason: { code: 'calling_self', request: 'echo' } });
    expect(isAlive(echo)).toBe(false);
  });

  it('of a process that has ended rejects with noproc', async () => {
    const echo = await Echo.start();
    await Echo.stop(echo);
    const error = await rejection(echo.call('echo', 1));
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ code: 'noproc', reason: 'noproc', request: 'echo' });
  });

  it('rejects with exit and the reason when the process ends first, also for calls that wait', async () => {
    const echo = await Echo.start();
    const boom = new Error('boom');
    const errors = await Promise.all([rejection(echo.call('fail', boom)), rejection(echo.call('echo', 1)), rejection(echo.call('read'))]);
    for (const error of errors) expect(error).toMatchObject({ code: 'exit', reason: boom, cause: boom });
    expect(errors.map(({ request }) => request)).toEqual(['fail', 'echo', 'read']);
    expect(errors[0]?.message).toBe("call 'fail' failed: the process ended (Error: boom)");
  });

  it('rejects when the server is killed in the middle of it', async () => {
    const echo = await Echo.start();
    const error = rejection(echo.call('slow', 100, 'a'));
    await world.quiet();
    new Probe().tell((context) => context.exit(echo, 'kill'));
    expect(await error).toMatchObject({ code: 'exit', reason: 'killed' });
  });

  it('is handled even when its caller gave up before its turn came', async () => {
    const echo = await Echo.start();
    const slow = echo.call('slow', 100, 'slow');
    const impatient = rejection(echo.within(10).call('note', 'impatient'));
    const dead = spawn((context) => void context.call(echo, 'note', 'dead'));
    const patient = echo.call('note', 'patient');
    expect(await world.ended(dead)).toBe('normal');
    await world.pass(100);
    await Promise.all([slow, impatient, patient]);
    expect(await echo.call('read')).toEqual(['slow starts', 'slow ends', 'impatient', 'patient', 'dead']);
  });

  it('is forgotten when its caller ends: the reply goes nowhere', async () => {
    const echo = await Echo.start();
    const caller = spawn(async (context) => {
      await context.call(echo, 'slow', 10, 'a');
    });
    await world.quiet();
    new Probe().tell((context) => context.exit(caller, 'kill'));
    await world.pass(10);
    expect(await echo.call('read')).toEqual(['a starts', 'a ends']);
  });
});

describe('a CallError that nobody catches', () => {
  it('is the exit reason of a plain process', async () => {
    const caller = spawn(async (context) => {
      await context.call(Echo.at('nobody'), 'echo', 1);
    });
    const reason = await world.ended(caller);
    expect(reason).toBeInstanceOf(CallError);
    expect(reason).toMatchObject({ code: 'noproc', request: 'echo' });
  });

  it('is the exit reason of a server', async () => {
    const [a, b] = [await Echo.start(), await Echo.start()];
    await Echo.stop(b);
    const end = world.ended(a);
    await rejection(a.call('ask', b));
    expect(await end).toMatchObject({ name: 'CallError', code: 'noproc', request: 'echo' });
  });
});

describe('CallError.is', () => {
  it('tells call errors from others, and one code from another', () => {
    const error: unknown = new CallError('noproc', 'noproc', 'add');
    expect(CallError.is(error)).toBe(true);
    expect(CallError.is(error, 'noproc')).toBe(true);
    expect(CallError.is(error, 'timeout')).toBe(false);
    expect(CallError.is(new Error('noproc'))).toBe(false);
    expect(CallError.is(undefined)).toBe(false);
  });

  it.each<[ExitReason, unknown]>([
    ['boom', undefined],
    [new RangeError('r'), expect.any(RangeError)],
  ])('has the reason as its cause if that is an error: %s', (reason, cause) => {
    expect(new CallError('exit', reason, 'add').cause).toEqual(cause);
  });
});

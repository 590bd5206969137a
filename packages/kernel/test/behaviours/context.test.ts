import { GenServer, type Pid, self, sleep, spawn } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Counter extends GenServer {
  n = 0;
  add(by: number): number {
    return (this.n += by);
  }
  forever(): Promise<never> {
    return new Promise(() => {});
  }
}

describe('Context', () => {
  it('calls and casts, by reference and by name', async () => {
    const counter = await Counter.start(undefined, { name: 'counter' });
    const probe = new Probe();
    await probe.do((context) => context.cast(counter, 'add', 1));
    expect(await probe.do((context) => context.call(counter, 'add', 2))).toBe(3);
    expect(await probe.do((context) => context.call(Counter.at('counter'), 'add', 3))).toBe(6);
    await expect(probe.do((context) => context.call(Counter.at('nobody'), 'add', 3))).rejects.toMatchObject({ code: 'noproc' });
    await probe.do((context) => context.cast(Counter.at('nobody'), 'add', 3));
  });

  it('keeps the timeout of a reference', async () => {
    const counter = await Counter.start();
    const probe = new Probe();
    const reply = expect(probe.do((context) => context.call(counter.within(50), 'forever'))).rejects.toMatchObject({ code: 'timeout' });
    await world.pass(50);
    await reply;
  });

  it('starts servers, linked or not', async () => {
    const probe = new Probe({ trapExit: true });
    const linked = await probe.do((context) => context.startLink(Counter));
    const free = await probe.do((context) => context.start(Counter));
    const killer = new Probe();
    await killer.do((context) => [context.exit(free, 'kill'), context.exit(linked, 'kill')]);
    expect(await probe.next()).toEqual({ type: 'EXIT', pid: linked, reason: 'killed' });
    expect(await probe.mail()).toEqual([]);
  });

  it('sends to names, and throws badarg for one that nobody has', async () => {
    const receiver = new Probe({ name: 'receiver' });
    const probe = new Probe();
    await probe.do((context) => context.send('receiver', 'hello'));
    expect(await receiver.next()).toBe('hello');
    await expect(probe.do((context) => context.send('nobody', 'hello'))).rejects.toMatchObject({ code: 'badarg' });
  });

  it('has a signal that is aborted with the reason when the process ends', async () => {
    const probe = new Probe();
    const signal = await probe.do((context) => context.signal);
    expect(signal.aborted).toBe(false);
    const killer = new Probe();
    await killer.do((context) => context.exit(probe.pid, 'boom'));
    await world.quiet();
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe('boom');
  });

  it('gives an aborted signal once the process has ended', async () => {
    let signal: AbortSignal | undefined;
    const pid = spawn((context) => {
      queueMicrotask(() => {
        signal = context.signal;
      });
    });
    await world.ended(pid);
    expect(signal?.aborted).toBe(true);
  });
});

describe('the running process', () => {
  it('is known after an await of what the kernel promised', async () => {
    const counter = await Counter.start();
    const seen: Pid[] = [];
    const pid = spawn(async (context) => {
      seen.push(self());
      await sleep(1);
      seen.push(self());
      await counter.call('add', 1);
      seen.push(self());
      await context.call(counter, 'add', 1);
      seen.push(self());
      await context.receive();
      seen.push(self());
      await context.after(1).receive();
      seen.push(self());
      await Counter.start();
      seen.push(self());
      try {
        await counter.within(1).call('forever');
      } catch {
        seen.push(self());
      }
    });
    pid.send('message');
    const end = world.ended(pid);
    await world.pass(100);
    expect(await end).toBe('normal');
    expect(seen).toHaveLength(8);
    expect(new Set(seen)).toEqual(new Set([pid]));
  });

  it.each<[string, (answer: () => Promise<unknown>) => Promise<unknown>]>([
    ['a catch of it', (answer) => answer().catch(() => 0)],
    ['a helper that awaits it', async (answer) => void (await answer())],
    ['several of them', (answer) => Promise.all([answer(), answer()])],
  ])('is not known after an await of %s, but its context is', async (_what, derived) => {
    const counter = await Counter.start();
    const probe = new Probe();
    const pid = spawn(async (context) => {
      await derived(() => context.call(counter, 'add', 1));
      context.send(probe.pid, 'by context');
      self();
    });
    expect(await world.ended(pid)).toMatchObject({ name: 'MisuseError', code: 'no_process' });
    expect(await probe.next()).toBe('by context');
  });

  it('is not known after another await, and says so', async () => {
    const pid = spawn(async () => {
      await Promise.resolve();
      self();
    });
    expect(await world.ended(pid)).toMatchObject({ name: 'MisuseError', code: 'no_process' });
  });
});

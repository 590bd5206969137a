import { cancelTimer, exit, GenServer, type Idle, type Pid, sendAfter, sleep, spawn, type TimerRef } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

/** No timer is pending. */
function nothingPending(): boolean {
  return world.kernel.timers.nextDue() === Number.POSITIVE_INFINITY;
}

describe('sendAfter', () => {
  let probe: Probe;
  beforeEach(() => {
    probe = new Probe();
  });

  it('sends after that time and not before', async () => {
    await world.pass(0.75);
    const timer = sendAfter(10, probe.pid, 'tick');
    expect(timer.pending).toBe(true);
    await world.pass(9.9);
    expect(await probe.mail()).toEqual([]);
    await world.pass(2);
    expect(await probe.mail()).toEqual(['tick']);
    expect(timer.pending).toBe(false);
  });

  it('keeps the order of timers that are due at the same time', async () => {
    for (let i = 0; i < 5; i++) sendAfter(10, probe.pid, i);
    await world.pass(4);
    for (let i = 5; i < 10; i++) sendAfter(6, probe.pid, i);
    await world.pass(10);
    expect(await probe.mail()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('of 0 sends soon, but not in the same turn', async () => {
    sendAfter(0, probe.pid, 'tick');
    expect(await probe.mail()).toEqual([]);
    await world.pass(1);
    expect(await probe.mail()).toEqual(['tick']);
  });

  it.each([255, 256, 257, 65_535, 65_536, 70_000, 16_777_216, 2 ** 31, 2 ** 32 - 1])('takes %d ms', async (ms) => {
    await world.pass(77);
    sendAfter(ms, probe.pid, 'tick');
    await world.pass(ms - 1);
    expect(await probe.mail()).toEqual([]);
    await world.pass(1);
    expect(await probe.mail()).toEqual(['tick']);
  });

  it.each([-1, Number.NaN, 2 ** 32, Number.POSITIVE_INFINITY])('refuses a delay of %s', (ms) => {
    expect(() => sendAfter(ms, probe.pid, 'tick')).toThrow(expect.objectContaining({ code: 'bad_option' }));
    expect(nothingPending()).toBe(true);
  });

  it('ends with its receiver', async () => {
    sendAfter(10, probe.pid, 'tick');
    exit(probe.pid, 'kill');
    expect(nothingPending()).toBe(true);
    const late = sendAfter(10, probe.pid, 'tick');
    expect(late.pending).toBe(false);
    expect(nothingPending()).toBe(true);
  });

  it('to another process outlives the one that set it', async () => {
    const setter = spawn((context) => void context.sendAfter(10, 'tick', probe.pid));
    await world.ended(setter);
    await world.pass(10);
    expect(await probe.mail()).toEqual(['tick']);
  });

  it('resolves a name when it is set, and does nothing for one that nobody has', async () => {
    const named = new Probe({ name: 'named' });
    sendAfter(10, 'named', 'tick');
    expect(sendAfter(10, 'nobody', 'tick').pending).toBe(false);
    await world.pass(10);
    expect(await named.mail()).toEqual(['tick']);
  });
});

describe('cancelTimer', () => {
  it('answers the time that was left, and nothing is sent', async () => {
    const probe = new Probe();
    const timer = sendAfter(100, probe.pid, 'tick');
    await world.pass(30);
    expect(cancelTimer(timer)).toBe(70);
    expect(timer.pending).toBe(false);
    await world.pass(100);
    expect(await probe.mail()).toEqual([]);
  });

  it('answers undefined when it has fired, was cancelled, or its receiver is gone', async () => {
    const probe = new Probe();
    const fired = sendAfter(10, probe.pid, 'tick');
    await world.pass(10);
    expect(cancelTimer(fired)).toBeUndefined();
    const cancelled = sendAfter(10, probe.pid, 'tick');
    cancelTimer(cancelled);
    expect(cancelTimer(cancelled)).toBeUndefined();
    const orphan = sendAfter(10, probe.pid, 'tick');
    exit(probe.pid, 'kill');
    expect(cancelTimer(orphan)).toBeUndefined();
    expect(cancelTimer({ pending: false })).toBeUndefined();
  });
});

describe('the timers of a server', () => {
  class Clock extends GenServer<{ info: string }> {
    readonly #seen: unknown[] = [];
    #timer: TimerRef | undefined;
    every(ms: number, to?: Pid): void {
      this.#timer = to === undefined ? this.sendInterval(ms, 'tick') : this.sendInterval(ms, 'tick', to);
    }
    after(ms: number): void {
      this.#timer = this.sendAfter(ms, 'once');
    }
    stopTicking(): number | undefined {
      return this.cancelTimer(this.#timer as TimerRef);
    }
    seen(): unknown[] {
      return this.#seen;
    }
    override handleInfo(message: string | Idle | { type: string }): void {
      this.#seen.push(message);
    }
  }

  it('send to itself', async () => {
    const clock = await Clock.start();
    clock.cast('after', 10);
    await world.pass(10);
    expect(await clock.call('seen')).toEqual(['once']);
  });

  it('tick at each interval until cancelled', async () => {
    const clock = await Clock.start();
    clock.cast('every', 10);
    await world.pass(35);
    expect(await clock.call('seen')).toEqual(['tick', 'tick', 'tick']);
    expect(await clock.call('stopTicking')).toBe(5);
    await world.pass(100);
    expect(await clock.call('seen')).toHaveLength(3);
    expect(nothingPending()).toBe(true);
  });

  it('end with the process they send to', async () => {
    const clock = await Clock.start();
    clock.cast('every', 10);
    const probe = new Probe();
    clock.cast('every', 10, probe.pid);
    await world.quiet();
    exit(clock, 'kill');
    await world.pass(20);
    expect(await probe.mail()).toEqual(['tick', 'tick']);
    exit(probe.pid, 'kill');
    expect(nothingPending()).toBe(true);
  });
});

describe('sleep', () => {
  it('resolves after that time, inside and outside of processes', async () => {
    const log: string[] = [];
    const outside = sleep(20).then(() => log.push('outside'));
    const inside = spawn(async () => {
      await sleep(10);
      log.push('inside');
    });
    const end = world.ended(inside);
    await world.pass(9);
    expect(log).toEqual([]);
    await world.pass(11);
    await Promise.all([outside, end]);
    expect(log).toEqual(['inside', 'outside']);
  });

  it('leaves the process open to signals', async () => {
    const sleeper = spawn(() => sleep(1000));
    await world.quiet();
    exit(sleeper, 'boom');
    expect(nothingPending()).toBe(true);
  });
});

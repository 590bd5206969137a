import { type Exit, GenServer, type Idle, sleep } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { useWorld } from '../support/world.js';

const world = useWorld();

type Step = 'one' | 'two' | 'three' | 'slow' | 'idle' | 'fail';

class Walker extends GenServer<{ continue: Step; info: string }> {
  #log!: unknown[];
  #nextAfter: { [step: string]: Step } = { one: 'two', two: 'three' };

  override init({ log, first }: { log: unknown[]; first?: Step }) {
    this.#log = log;
    log.push('init');
    return first === undefined ? undefined : this.continue(first);
  }
  idle(ms: number) {
    this.#log.push('request');
    return this.timeout(ms);
  }
  again(step: Step) {
    this.#log.push(`cast ${step}`);
    return this.continue(step);
  }
  rest() {
    this.#log.push('rest');
    return this.hibernate();
  }
  override handleInfo(message: string | Idle | Exit | { type: string }) {
    this.#log.push(typeof message === 'string' ? message : message.type);
  }
  override async handleContinue(step: Step) {
    if (step === 'fail') throw new Error('failed step');
    if (step === 'slow') await sleep(10);
    this.#log.push(step);
    if (step === 'idle') return this.timeout(10);
    const next = this.#nextAfter[step];
    return next === undefined ? undefined : this.continue(next);
  }
}

describe('continue', () => {
  it('runs after init, before any message, and after the start is reported', async () => {
    const log: unknown[] = [];
    const started = Walker.start({ log, first: 'slow' }, { name: 'walker' }).then(() => log.push('started'));
    Walker.at('walker').send('never there');
    await world.quiet();
    Walker.at('walker').send('message');
    await started;
    await world.pass(10);
    expect(log).toEqual(['init', 'started', 'slow', 'message']);
  });

  it('may lead to further steps, all before the next message', async () => {
    const log: unknown[] = [];
    const walker = await Walker.start({ log });
    walker.cast('again', 'one');
    walker.send('message');
    await world.quiet();
    expect(log).toEqual(['init', 'cast one', 'one', 'two', 'three', 'message']);
  });

  it('ends the process when its handler throws', async () => {
    const walker = await Walker.start({ log: [] });
    const end = world.ended(walker);
    walker.cast('again', 'fail');
    expect(await end).toMatchObject({ message: 'failed step' });
  });

  it('ends a process that has no handleContinue', async () => {
    class Lost extends GenServer<{ continue: 'on' }> {
      go() {
        return this.continue('on');
      }
    }
    const lost = await Lost.start();
    const end = world.ended(lost);
    lost.cast('go');
    expect(await end).toEqual({ bad_continue: 'on' });
  });
});

describe('timeout', () => {
  it('sends a timeout message when nothing came for that long', async () => {
    const log: unknown[] = [];
    const walker = await Walker.start({ log });
    walker.cast('idle', 50);
    await world.pass(49);
    expect(log).toEqual(['init', 'request']);
    await world.pass(1);
    expect(log).toEqual(['init', 'request', 'timeout']);
    await world.pass(1000);
    expect(log).toHaveLength(3);
  });

  it('is called off by any message', async () => {
    const log: unknown[] = [];
    const walker = await Walker.start({ log });
    walker.cast('idle', 50);
    await world.pass(25);
    walker.send('message');
    await world.pass(1000);
    expect(log).toEqual(['init', 'request', 'message']);
  });

  it('is not set when messages wait already', async () => {
    const log: unknown[] = [];
    const walker = await Walker.start({ log });
    walker.cast('idle', 50);
    walker.send('message');
    await world.pass(1000);
    expect(log).toEqual(['init', 'request', 'message']);
  });

  it('of 0 comes at once unless a message waits', async () => {
    const log: unknown[] = [];
    const walker = await Walker.start({ log });
    walker.cast('idle', 0);
    await world.quiet();
    expect(log).toEqual(['init', 'request', 'timeout']);
    walker.cast('idle', 0);
    walker.send('message');
    await world.quiet();
    expect(log).toEqual(['init', 'request', 'timeout', 'request', 'message']);
  });

  it('may be set by a continuation', async () => {
    const log: unknown[] = [];
    await Walker.start({ log, first: 'idle' });
    await world.pass(10);
    expect(log).toEqual(['init', 'idle', 'timeout']);
  });

  it('ends with the process', async () => {
    const log: unknown[] = [];
    const walker = await Walker.start({ log });
    walker.cast('idle', 50);
    await world.quiet();
    await Walker.stop(walker);
    await world.pass(100);
    expect(log).toEqual(['init', 'request']);
    expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('hibernate', () => {
  it('lets the process go on as before with the next message', async () => {
    const log: unknown[] = [];
    const walker = await Walker.start({ log });
    for (let i = 0; i < 100; i++) walker.send('burst');
    walker.cast('rest');
    await world.quiet();
    walker.send('message');
    await world.quiet();
    expect(log.slice(-2)).toEqual(['rest', 'message']);
    expect(log).toHaveLength(103);
  });

  it('keeps messages that wait', async () => {
    const log: unknown[] = [];
    const walker = await Walker.start({ log });
    walker.cast('rest');
    walker.send('one');
    walker.send('two');
    await world.quiet();
    expect(log).toEqual(['init', 'rest', 'one', 'two']);
  });
});

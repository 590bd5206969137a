import { setImmediate as macrotask } from 'node:timers/promises';
import { exit, GenServer, isAlive, type Pid, type Ref, sleep } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { check } from '../support/property.js';
import { World } from '../support/world.js';

/** What a handler awaits between two effects: things of the kernel's, and things it knows nothing of. */
type Wait = 'sleep' | 'call' | 'start' | 'microtask' | 'macrotask' | 'nested' | 'all' | 'rejected';
type Effect = 'send' | 'cast' | 'sendAfter' | 'spawn' | 'start';

class Echo extends GenServer {
  casts = 0;
  echo(value: unknown): unknown {
    return value;
  }
  count(): void {
    this.casts++;
  }
  read(): number {
    return this.casts;
  }
}

class Walker extends GenServer {
  /** `made` gets one entry per effect, at the moment it is made. */
  async walk(steps: readonly (readonly [Wait, Effect])[], made: Effect[], echo: Ref<Echo>, sink: Pid): Promise<void> {
    for (const [wait, effect] of steps) {
      await this.#wait(wait, echo);
      made.push(effect);
      this.#act(effect, echo, sink);
    }
  }

  async #wait(wait: Wait, echo: Ref<Echo>): Promise<void> {
    switch (wait) {
      case 'sleep':
        return sleep(2);
      case 'call':
        await this.call(echo, 'echo', 1);
        return;
      case 'start':
        await this.startLink(Echo);
        return;
      case 'microtask':
        return;
      case 'macrotask':
        return macrotask();
      case 'nested':
        await (async () => this.#wait('sleep', echo))();
        await null;
        return;
      case 'all':
        await Promise.all([sleep(1), this.call(echo, 'echo', 1), macrotask()]);
        return;
      case 'rejected':
        await this.call(Echo.at('nobody'), 'echo', 1).catch(() => {});
    }
  }

  #act(effect: Effect, echo: Ref<Echo>, sink: Pid): void {
    switch (effect) {
      case 'send':
        return this.send(sink, 'send');
      case 'cast':
        return this.cast(echo, 'count');
      case 'sendAfter':
        this.sendAfter(1, 'sendAfter', sink);
        return;
      case 'spawn':
        this.spawn(() => sink.send('spawn'));
        return;
      case 'start':
        void this.start(Echo).catch(() => {});
    }
  }
}

const wait = fc.constantFrom<Wait>('sleep', 'call', 'start', 'microtask', 'macrotask', 'nested', 'all', 'rejected');
const effect = fc.constantFrom<Effect>('send', 'cast', 'sendAfter', 'spawn', 'start');
/** How long to wait before the kill: milliseconds, turns of the event loop, microtasks. */
const moment = fc.record({ ms: fc.nat({ max: 12 }), turns: fc.nat({ max: 3 }), microtasks: fc.nat({ max: 12 }) });

function count(effects: readonly Effect[], effect: Effect): number {
  return effects.filter((each) => each === effect).length;
}

describe('a process that is killed at any moment of a chain of awaits', () => {
  it('has no effect after its death', async () => {
    const steps = fc.array(fc.tuple(wait, effect), { minLength: 1, maxLength: 12 });
    await check(300, fc.tuple(steps, moment), async ([steps, { ms, turns, microtasks }]) => {
      const world = new World();
      await world.open();
      const effects: Effect[] = [];
      try {
        const sink = new Probe();
        const echo = await Echo.start();
        const walker = await Walker.start();
        walker.cast('walk', steps, effects, echo, sink.pid);
        for (let i = 0; i < ms; i++) {
          world.host.advanceTo(world.host.now() + 1);
          await macrotask();
        }
        for (let i = 0; i < turns; i++) await macrotask();
        for (let i = 0; i < microtasks; i++) await null;
        exit(walker, 'kill');
        const made = [...effects];
        const { started } = world.kernel;
        await world.pass(100);
        const mail = await sink.mail();
        expect(count(mail as Effect[], 'send')).toBe(count(made, 'send'));
        expect(count(mail as Effect[], 'sendAfter')).toBe(count(made, 'sendAfter'));
        expect(count(mail as Effect[], 'spawn')).toBe(count(made, 'spawn'));
        expect(await echo.call('read')).toBe(count(made, 'cast'));
        expect(world.kernel.started).toBe(started);
        expect(isAlive(walker)).toBe(false);
      } finally {
        world.close();
      }
    });
  });
});

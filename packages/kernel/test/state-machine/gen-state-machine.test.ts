import { GenStateMachine, ignore, type Ref, type States, sleep, stop, sys, type TraceMessage } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

interface Events {
  go(to: 'idle' | 'busy'): void;
  work(what: string): string;
  later(): string;
  fail(how: 'throw' | 'return' | 'state' | 'option'): void;
  quit(): string;
  slow(ms: number): string;
  unknown(): void;
}

class Worker extends GenStateMachine<{
  states: 'idle' | 'busy';
  events: Events;
  timeouts: 'nap';
  info: string;
}> {
  readonly log: string[] = [];
  ended: unknown;
  #late: { reply(value: string): void } | null = null;

  override init(args?: { first?: string; fail?: boolean; bad?: boolean }) {
    if (args?.fail === true) throw new Error('init failed');
    if (args?.bad === true) return undefined as never;
    return this.next((args?.first ?? 'idle') as 'idle');
  }
  override terminate(reason: unknown): void {
    Worker.ends.push(reason);
  }
  static ends: unknown[] = [];

  static states: States<Worker> = {
    idle: {
      work(what) {
        this.log.push(what);
        return `did ${what}`;
      },
      timeout(name) {
        this.log.push(name);
      },
    },
    busy: {
      async enter() {
        await sleep(5);
        this.log.push('entered busy');
      },
      work() {
        return this.postpone();
      },
    },
    '*': {
      go(to) {
        return this.next(to);
      },
      later() {
        const from = this.from<string>();
        this.#late = from;
        return this.keep({ noreply: from, timeouts: { nap: 10 } });
      },
      fail(how) {
        if (how === 'throw') throw new Error('failed');
        if (how === 'return') return ignore() as never;
        if (how === 'state') return this.next('nowhere' as 'idle');
        return this.keep({ stateTimeoutMs: -1 });
      },
      quit() {
        return stop('normal', 'bye');
      },
      async slow(ms) {
        await sleep(ms);
        this.log.push('slow');
        return this.next('idle', { reply: 'slept' });
      },
      info(message) {
        if (message === 'answer') this.#late?.reply('late');
        else this.log.push(String(message));
      },
    },
  };
}

const logOf = async (ref: Ref<Worker>): Promise<readonly string[]> => (await sys.getState(ref)).data.log;

describe('a state machine', () => {
  it('handles events by state, and those of every state under *', async () => {
    const worker = await Worker.start();
    expect(await worker.call('work', 'one')).toBe('did one');
    await expect(worker.call('go', 'busy')).resolves.toBeUndefined();
    const two = worker.call('work', 'two');
    await world.pass(5);
    worker.send('note');
    worker.cast('go', 'idle');
    expect(await two).toBe('did two');
    expect(await logOf(worker)).toEqual(['one', 'entered busy', 'note', 'two']);
  });

  it('lets nothing come between the steps of an async transition', async () => {
    const worker = await Worker.start();
    worker.cast('go', 'busy');
    worker.send('a');
    const slow = worker.call('slow', 20);
    worker.send('b');
    await world.pass(25);
    expect(await slow).toBe('slept');
    expect(await logOf(worker)).toEqual(['entered busy', 'a', 'slow', 'b']);
  });

  it('answers later, by from', async () => {
    const worker = await Worker.start();
    const later = worker.call('later');
    await world.pass(10);
    worker.send('answer');
    expect(await later).toBe('late');
    expect(await logOf(worker)).toEqual(['nap']);
  });

  it('answers with the stop, and fails the calls that are postponed or put off', async () => {
    const worker = await Worker.start();
    await worker.call('go', 'busy');
    const failed = { code: 'exit', reason: 'normal' };
    const waiting = [worker.call('work', 'x'), worker.call('later')].map((call) => expect(call).rejects.toMatchObject(failed));
    await world.pass(5);
    expect(await worker.call('quit')).toBe('bye');
    await Promise.all(waiting);
    expect(world.alive).toBe(0);
  });

  it('is told of its first state after the start is reported', async () => {
    const worker = await Worker.start({ first: 'busy' });
    expect(world.host.now()).toBe(0);
    await world.pass(5);
    expect(await logOf(worker)).toEqual(['entered busy']);
  });

  it('may not be needed, or fail to start', async () => {
    class Needless extends GenStateMachine<{ states: 'a'; events: Events }> {
      override init() {
        return ignore();
      }
      static states: States<Needless> = { a: {} };
    }
    expect(await Needless.start()).toBeUndefined();
    await expect(Worker.start({ fail: true })).rejects.toMatchObject({ code: 'init_failed', reason: new Error('init failed') });
    await expect(Worker.start({ bad: true })).rejects.toMatchObject({ reason: { bad_return_from_init: undefined } });
    await expect(Worker.start({ first: 'nowhere' })).rejects.toMatchObject({
      reason: { code: 'badarg', message: "Worker has no state 'nowhere': expected one of idle, busy" },
    });
    expect(world.alive).toBe(0);
  });

  it.each([
    ['throw', expect.objectContaining({ message: 'failed' })],
    ['return', { bad_return_from_state_function: ignore() }],
    ['state', expect.objectContaining({ message: "Worker has no state 'nowhere': expected one of idle, busy" })],
    ['option', expect.objectContaining({ message: 'stateTimeoutMs: expected 0 to 4294967295 ms, Infinity or null, got -1' })],
  ] as const)('ends with terminate when a handler fails: %s', async (how, reason) => {
    Worker.ends = [];
    const worker = await Worker.start();
    const end = world.ended(worker);
    worker.cast('fail', how);
    expect(await end).toEqual(reason);
    expect(Worker.ends).toEqual([reason]);
  });

  it('ends on what no state handles', async () => {
    class Deaf extends GenStateMachine<{ states: 'a'; events: Events }> {
      override init() {
        return this.next('a', { stateTimeoutMs: 1 });
      }
      static states: States<Deaf> = { a: {} };
    }
    const ends: unknown[] = [];
    for (const event of [
      (ref: Ref<Deaf>) => void ref.call('unknown').catch(() => {}),
      (ref: Ref<Deaf>) => ref.cast('unknown'),
      (ref: Ref<Deaf>) => ref.send('hello'),
      () => {},
    ]) {
      const ref = await Deaf.start();
      const end = world.ended(ref);
      event(ref);
      await world.pass(1);
      ends.push(await end);
    }
    expect(ends).toEqual([
      { bad_call: 'unknown', state: 'a' },
      { bad_cast: 'unknown', state: 'a' },
      { bad_info: 'hello', state: 'a' },
      { bad_timeout: 'stateTimeout', state: 'a' },
    ]);
  });

  it('needs a table of handlers', async () => {
    class None extends GenStateMachine<{ states: 'a'; events: object }> {
      override init() {
        return this.next('a');
      }
    }
    class Odd extends None {
      static states = { a: { push: 1 } };
    }
    await expect(async () => None.start()).rejects.toThrow('None.states: a state machine needs them: expected an object of handlers');
    await expect(async () => Odd.start()).rejects.toThrow('Odd.states: a.push: expected a function, got 1');
  });
});

describe('entering a state', () => {
  interface Going {
    go(how: 'postpone' | 'insert' | 'elsewhere' | 'value' | 'order'): void;
  }
  class Enterer extends GenStateMachine<{ states: 'a' | 'b'; events: Going; internal: { inner(): void }; timeouts: 'x' | 'y' }> {
    #how = '';
    readonly log: string[] = [];
    override init() {
      return this.next('a');
    }
    static states: States<Enterer> = {
      a: {
        go(how) {
          this.#how = how;
          return this.next('b', { timeouts: { x: 0, y: 0 } });
        },
      },
      b: {
        enter() {
          if (this.#how === 'postpone') return this.postpone();
          if (this.#how === 'insert') return this.keep({ insert: [['inner']] });
          if (this.#how === 'elsewhere') return this.next('a');
          if (this.#how === 'value') return 1 as never;
          return this.keep({ timeouts: { x: 0 } });
        },
        timeout(name) {
          this.log.push(name);
        },
      },
    };
  }

  it.each([
    ['postpone', 'bad_state_enter_action_from_state_function'],
    ['insert', 'bad_state_enter_action_from_state_function'],
    ['elsewhere', 'bad_state_enter_return_from_state_function'],
    ['value', 'bad_state_enter_return_from_state_function'],
  ] as const)('allows no %s', async (how, reason) => {
    const ref = await Enterer.start();
    const end = world.ended(ref);
    ref.cast('go', how);
    expect(Object.keys((await end) as object)).toEqual([reason]);
  });

  it('has the last word on a timeout', async () => {
    const ref = await Enterer.start();
    ref.cast('go', 'order');
    expect((await sys.getState(ref)).data.log).toEqual(['y', 'x']);
  });
});

describe('a timeout', () => {
  it('that fired already is void when it is cancelled before its turn', async () => {
    interface Setting {
      start(): void;
    }
    class Both extends GenStateMachine<{ states: 'a' | 'b'; events: Setting; timeouts: 'first' }> {
      readonly log: string[] = [];
      override init() {
        return this.next('a');
      }
      static states: States<Both> = {
        a: {
          start() {
            return this.keep({ timeouts: { first: 10 }, stateTimeoutMs: 10 });
          },
          stateTimeout() {
            this.log.push('a: stateTimeout');
            return this.next('b', { stateTimeoutMs: 5, timeouts: { first: 7 } });
          },
          timeout(name) {
            this.log.push(`a: ${name}`);
            return this.next('b', { stateTimeoutMs: 5 });
          },
        },
        b: {
          stateTimeout() {
            this.log.push('b: stateTimeout');
          },
          timeout(name) {
            this.log.push(`b: ${name}`);
          },
        },
      };
    }
    const ref = await Both.start();
    ref.cast('start');
    await world.quiet();
    await sys.suspend(ref);
    await world.pass(10);
    await sys.resume(ref);
    await world.pass(7);
    expect((await sys.getState(ref)).data.log).toEqual(['a: stateTimeout', 'b: stateTimeout', 'b: first']);
  });
});

describe('sys of a state machine', () => {
  it('shows and replaces state and data, without entering', async () => {
    const worker = await Worker.start();
    await worker.call('go', 'busy');
    await world.pass(5);
    expect(await sys.getState(worker)).toEqual({ state: 'busy', data: { log: ['entered busy'], ended: undefined } });
    await sys.replaceState(worker, { state: 'idle', data: { log: ['new'] } });
    expect(await worker.call('work', 'x')).toBe('did x');
    expect(await logOf(worker)).toEqual(['new', 'x']);
    await expect(sys.replaceState(worker, { state: 'nowhere' as 'idle' })).rejects.toMatchObject({ code: 'exit' });
  });

  it('suspends timeouts and events, and goes on with them in order', async () => {
    const worker = await Worker.start();
    const later = worker.call('later');
    await world.quiet();
    await sys.suspend(worker);
    worker.send('a');
    await world.pass(10);
    worker.send('answer');
    expect(await logOf(worker)).toEqual([]);
    await sys.resume(worker);
    expect(await later).toBe('late');
    expect(await logOf(worker)).toEqual(['a', 'nap']);
  });

  it('traces events, answers and states', async () => {
    const worker = await Worker.start();
    const tracer = new Probe();
    await sys.trace(worker, tracer.pid);
    await worker.call('work', 'x');
    worker.cast('go', 'busy');
    await world.pass(5);
    const mail = (await tracer.mail()) as TraceMessage[];
    expect(mail.map(({ event }) => event.event)).toEqual(['in', 'out', 'state', 'in', 'state']);
    expect(mail.at(-1)?.event).toMatchObject({ event: 'state', state: { state: 'busy', data: { log: ['x', 'entered busy'] } } });
  });
});

import { CallError, GenServer, type Idle, noreply, type Ref, Supervisor, supervise, sys, type TraceMessage } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Counter extends GenServer<{ info: string }> {
  n = 0;
  readonly seen: unknown[] = [];
  #secret = 'hidden';
  #gate: Promise<void> | null = null;
  static open = (): void => {};

  add(n: number): number {
    return (this.n += n);
  }
  later() {
    const from = this.from<string>();
    this.sendAfter(10, `late ${this.#secret.length}`);
    this.#answer = () => from.reply('later');
    return noreply(from);
  }
  #answer = (): void => {};
  async wait(): Promise<string> {
    this.#gate = new Promise((resolve) => (Counter.open = resolve));
    await this.#gate;
    return 'waited';
  }
  idle(ms: number) {
    return this.timeout(ms);
  }
  override handleInfo(message: string | Idle | { type: string }): void {
    this.seen.push(typeof message === 'string' ? message : message.type);
    if (message === 'late 6') this.#answer();
  }
}

describe('getState', () => {
  it('answers the fields, in mailbox order', async () => {
    const counter = await Counter.start();
    counter.cast('add', 1);
    const state = sys.getState(counter);
    counter.cast('add', 1);
    expect(await state).toMatchObject({ n: 1, seen: [] });
    expect(Object.keys(await sys.getState(counter))).toEqual(['n', 'seen']);
  });

  it('waits for an async handler', async () => {
    const counter = await Counter.start();
    const waited = counter.call('wait');
    let answered = false;
    const state = sys.getState(counter).then((s) => {
      answered = true;
      return s;
    });
    await world.quiet();
    expect(answered).toBe(false);
    Counter.open();
    expect(await waited).toBe('waited');
    expect((await state).n).toBe(0);
  });

  it('answers what cannot be sent as text, and the server lives', async () => {
    class Odd extends GenServer {
      plain = { deep: [1, { f: (): number => 1 }] };
      symbol = Symbol('x');
    }
    const odd = await Odd.start();
    const state = (await sys.getState(odd)) as unknown;
    expect(state).toEqual({ plain: { deep: [1, { f: '[Function: f]' }] }, symbol: 'Symbol(x)' });
    expect((await sys.getState(odd)).plain.deep[0]).toBe(1);
  });

  it('answers the children of a supervisor', async () => {
    class Top extends Supervisor {
      override init() {
        return supervise({ children: [{ start: Counter, id: 'one' }] });
      }
    }
    const top = await Top.start();
    expect(await sys.getState(top)).toMatchObject({ children: [{ id: 'one', type: 'worker' }] });
    await expect(sys.replaceState(top, {})).rejects.toMatchObject({ code: 'exit', reason: { callback_failed: { code: 'badarg' } } });
    expect(await sys.getStatus(top)).toMatchObject({ behaviour: 'Top', status: 'running' });
  });

  it('is the class’s own where it overrides systemGetState', async () => {
    class Private extends GenServer {
      #n = 1;
      override systemGetState(): number {
        return this.#n;
      }
      override systemReplaceState(n: unknown): void {
        if (typeof n !== 'number') throw new Error('not a number');
        this.#n = n;
      }
      value(): number {
        return this.#n;
      }
    }
    const ref = await Private.start();
    expect(await sys.getState(ref)).toBe(1);
    await sys.replaceState(ref, 5 as never);
    expect(await ref.call('value')).toBe(5);
    await expect(sys.replaceState(ref, 'x' as never)).rejects.toMatchObject({ reason: { callback_failed: new Error('not a number') } });
    expect(await ref.call('value')).toBe(5);
  });

  it('fails as a call does', async () => {
    const counter = await Counter.start();
    await Counter.stop(counter);
    await expect(sys.getState(counter)).rejects.toMatchObject({ code: 'noproc' });
    await expect(sys.getState('nobody')).rejects.toMatchObject({ code: 'noproc' });
    const busy = await Counter.start();
    busy.cast('wait');
    const late = expect(sys.getState(busy, 50)).rejects.toMatchObject({ code: 'timeout' });
    await world.pass(50);
    await late;
  });
});

describe('replaceState', () => {
  it('overwrites fields and answers the new state', async () => {
    const counter = await Counter.start();
    expect(await sys.replaceState(counter, { n: 10 })).toMatchObject({ n: 10, seen: [] });
    expect(await counter.call('add', 1)).toBe(11);
  });

  it('refuses fields that there are not', async () => {
    const counter = await Counter.start();
    const error = await sys.replaceState(counter, { m: 10 } as never).catch((e: unknown) => e);
    expect(CallError.is(error, 'exit') && String((error.reason as { callback_failed: Error }).callback_failed.message)).toBe(
      "Counter has no field 'm' that sys can see; it has: n, seen",
    );
    expect(await counter.call('add', 1)).toBe(1);
  });
});

describe('suspend', () => {
  it('holds messages back, in order, and answers sys meanwhile', async () => {
    const counter = await Counter.start();
    counter.send('a');
    await sys.suspend(counter);
    counter.send('b');
    const sum = counter.call('add', 2);
    counter.send('c');
    await world.quiet();
    expect(await sys.getState(counter)).toMatchObject({ n: 0, seen: ['a'] });
    expect(await sys.getStatus(counter)).toMatchObject({ status: 'suspended', mailboxLength: 3 });
    counter.send('d');
    const resumed = sys.resume(counter);
    counter.send('e');
    await resumed;
    expect(await sum).toBe(2);
    await world.quiet();
    expect((await sys.getState(counter)).seen).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await sys.getStatus(counter)).toMatchObject({ status: 'running', mailboxLength: 0 });
  });

  it('lets the process be stopped, terminated, killed and ended by its parent', async () => {
    const ends: unknown[] = [];
    for (const end of [(ref: Ref<Counter>) => Counter.stop(ref, 'normal'), (ref: Ref<Counter>) => sys.terminate(ref, 'because')]) {
      const ref = await Counter.start();
      await sys.suspend(ref);
      const reason = world.ended(ref);
      await end(ref);
      ends.push(await reason);
    }
    const parent = new Probe({ trapExit: true });
    class Trapping extends GenServer {
      override init(): void {
        this.trapExit(true);
      }
    }
    const child = await parent.do((context) => context.startLink(Trapping));
    await sys.suspend(child);
    const end = world.ended(child);
    const other = new Probe();
    await other.do((context) => context.exit(child, 'not the parent'));
    await world.quiet();
    expect(await sys.getStatus(child)).toMatchObject({ mailboxLength: 1 });
    await parent.do((context) => context.exit(child, 'shutdown'));
    ends.push(await end);
    expect(ends).toEqual(['normal', 'because', 'shutdown']);
  });

  it('fails the calls that wait when the process ends', async () => {
    const counter = await Counter.start();
    await sys.suspend(counter);
    const sum = expect(counter.call('add', 1)).rejects.toMatchObject({ code: 'exit', reason: 'over' });
    await world.quiet();
    await sys.terminate(counter, 'over');
    await sum;
  });

  it('twice is once', async () => {
    const counter = await Counter.start();
    await sys.suspend(counter);
    await sys.suspend(counter);
    counter.send('a');
    await sys.resume(counter);
    await sys.resume(counter);
    await world.quiet();
    expect((await sys.getState(counter)).seen).toEqual(['a']);
  });
});

describe('a receive timeout', () => {
  it('begins anew after a sys request, and rests while suspended', async () => {
    const counter = await Counter.start();
    counter.cast('idle', 100);
    await world.pass(60);
    await sys.getState(counter);
    await world.pass(60);
    expect((await sys.getState(counter)).seen).toEqual([]);
    await sys.suspend(counter);
    await world.pass(500);
    await sys.resume(counter);
    await world.pass(99);
    expect((await sys.getState(counter)).seen).toEqual([]);
    await world.pass(99);
    await world.pass(1);
    expect((await sys.getState(counter)).seen).toEqual(['timeout']);
  });

  it('yields to a message that waits already', async () => {
    const counter = await Counter.start();
    counter.cast('idle', 100);
    await world.quiet();
    counter.send('in time');
    world.host.advanceTo(100);
    await world.pass(1000);
    expect((await sys.getState(counter)).seen).toEqual(['in time']);
  });

  it('of zero is not lost to a sys request that waits already', async () => {
    const counter = await Counter.start();
    counter.cast('idle', 0);
    const state = sys.getState(counter);
    await state;
    await world.quiet();
    expect((await sys.getState(counter)).seen).toEqual(['timeout']);
  });
});

describe('statistics', () => {
  it('counts messages and replies while it is on', async () => {
    const counter = await Counter.start();
    expect(await sys.statistics(counter, 'get')).toBeUndefined();
    await counter.call('add', 1);
    await sys.statistics(counter, true);
    const began = world.host.wallTime();
    await counter.call('add', 1);
    counter.send('x');
    await world.pass(5);
    expect(await sys.statistics(counter, 'get')).toEqual({
      startTime: began,
      currentTime: world.host.wallTime(),
      messagesIn: 2,
      messagesOut: 1,
    });
    await sys.statistics(counter, false);
    expect(await sys.statistics(counter, 'get')).toBeUndefined();
  });
});

const eventsOf = ['in call add', 'out 1', 'state 1', 'in info x', 'state 1'];
function brief({ event, ...rest }: TraceMessage['event']): string {
  const { message, reply, state } = rest as {
    message?: { type: string; name?: string; message?: unknown };
    reply?: unknown;
    state?: Counter;
  };
  if (event === 'in') return `in ${message?.type} ${message?.name ?? String(message?.message)}`;
  return event === 'out' ? `out ${String(reply)}` : `state ${state?.n}`;
}

describe('log', () => {
  it('keeps the last events', async () => {
    const counter = await Counter.start();
    await sys.log(counter, true);
    await counter.call('add', 1);
    counter.send('x');
    expect((await sys.log(counter, 'get')).map(brief)).toEqual(eventsOf);
    await sys.log(counter, 2);
    expect((await sys.log(counter, 'get')).map(brief)).toEqual(eventsOf.slice(-2));
    counter.send('y');
    expect((await sys.log(counter, 'get')).map(brief)).toEqual(['in info y', 'state 1']);
    await sys.log(counter, false);
    expect(await sys.log(counter, 'get')).toEqual([]);
    await expect(sys.log(counter, 'all' as 'get')).rejects.toMatchObject({ code: 'exit' });
  });
});

describe('trace', () => {
  it('tells a process of messages, replies and states', async () => {
    const counter = await Counter.start();
    const tracer = new Probe();
    await sys.trace(counter, tracer.pid);
    await counter.call('add', 1);
    counter.send('x');
    await world.quiet();
    const mail = (await tracer.mail()) as TraceMessage[];
    expect(mail.map(({ event }) => brief(event))).toEqual(eventsOf);
    expect(mail.every(({ type, pid }) => type === 'trace' && pid === counter)).toBe(true);
    await sys.noDebug(counter);
    await counter.call('add', 1);
    await world.quiet();
    expect(await tracer.mail()).toEqual([]);
  });

  it('shows an answer when it is given, and the state once an async handler is done', async () => {
    const counter = await Counter.start();
    const tracer = new Probe();
    await sys.trace(counter, tracer.pid);
    const later = counter.call('later');
    await world.pass(10);
    expect(await later).toBe('later');
    const waited = counter.call('wait');
    await world.quiet();
    Counter.open();
    await waited;
    await world.quiet();
    const mail = (await tracer.mail()) as TraceMessage[];
    expect(mail.map(({ event }) => brief(event))).toEqual([
      'in call later',
      'state 0',
      'in info late 6',
      'out later',
      'state 0',
      'in call wait',
      'out waited',
      'state 0',
    ]);
  });
});

describe('with strict messages', () => {
  it('sys works the same', async () => {
    world.strict();
    const counter = await Counter.start();
    counter.cast('add', 3);
    const state = await sys.getState(counter);
    expect(state).toEqual({ n: 3, seen: [] });
    await sys.suspend(counter);
    counter.send('x');
    await sys.resume(counter);
    expect(await counter.call('add', 1)).toBe(4);
  });
});

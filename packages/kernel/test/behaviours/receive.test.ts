import { type Context, exit, isAlive, type Pid, spawn } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { useWorld } from '../support/world.js';

const world = useWorld();

type Ping = { type: 'ping'; n: number };
type Stop = { type: 'stop' };
type Message = Ping | Stop | { type: 'other' };

/** One step of a process under test: it receives by `how`, in an async body or in a generator. */
type How = (context: Context<Message>) => ReturnType<Context<Message>['receive']>;

/** Starts a process that receives as each of `steps` says; what it got goes to `got`. */
const bodies = {
  async: (steps: How[], got: unknown[]): Pid<Message> =>
    spawn<Message>(async (context) => {
      for (const step of steps) got.push(await step(context));
    }),
  generator: (steps: How[], got: unknown[]): Pid<Message> =>
    spawn<Message>(function* (context) {
      for (const step of steps) got.push(yield* step(context));
    }),
};

describe.each(['async', 'generator'] as const)('receive in a body that is %s', (kind) => {
  const start = bodies[kind];
  const any: How = ({ receive }) => receive();
  const ping = (n: number): Ping => ({ type: 'ping', n });
  const stop: Stop = { type: 'stop' };

  it('takes messages in order, those that came before and those that come later', async () => {
    const got: unknown[] = [];
    const pid = start([any, any, any], got);
    pid.send(ping(1));
    await world.quiet();
    expect(got).toEqual([ping(1)]);
    pid.send(ping(2));
    pid.send(ping(3));
    expect(await world.ended(pid)).toBe('normal');
    expect(got).toEqual([ping(1), ping(2), ping(3)]);
  });

  it('by tag takes the first that fits and leaves the others in order', async () => {
    const got: unknown[] = [];
    const pid = start([(c) => c.receive('stop') as never, any, any, any], got);
    for (const message of [ping(1), ping(2), stop, ping(3)]) pid.send(message);
    await world.ended(pid);
    expect(got).toEqual([stop, ping(1), ping(2), ping(3)]);
  });

  it('by several tags takes the first of any of them', async () => {
    const got: unknown[] = [];
    const pid = start([(c) => c.receive('stop', 'other') as never, any], got);
    for (const message of [ping(1), { type: 'other' } as const, stop]) pid.send(message);
    await world.ended(pid);
    expect(got).toEqual([{ type: 'other' }, ping(1)]);
  });

  it('by predicate waits for a message that fits, past those that do not', async () => {
    const got: unknown[] = [];
    const big: How = (c) => c.receive((m) => m.type === 'ping' && m.n > 10);
    const pid = start([big, any], got);
    pid.send(ping(1));
    await world.quiet();
    expect(got).toEqual([]);
    pid.send(ping(11));
    await world.ended(pid);
    expect(got).toEqual([ping(11), ping(1)]);
  });

  it('ignores what has no type when asked for a tag', async () => {
    const got: unknown[] = [];
    const pid = start([(c) => c.receive('stop') as never], got) as Pid;
    for (const message of [undefined, null, 7, 'stop', { kind: 'stop' }, stop]) pid.send(message);
    await world.ended(pid);
    expect(got).toEqual([stop]);
  });

  it('ends the process with the error of its predicate', async () => {
    const error = new Error('bad predicate');
    const pid = start(
      [
        (c) =>
          c.receive(() => {
            throw error;
          }),
      ],
      [],
    );
    await world.quiet();
    const end = world.ended(pid);
    pid.send(stop);
    expect(await end).toBe(error);
  });

  it('after a time ends with undefined, not earlier, and takes messages until then', async () => {
    const got: unknown[] = [];
    const timed: How = (c) => c.after(100).receive() as never;
    const pid = start([timed, timed, any], got);
    await world.pass(99);
    pid.send(ping(1));
    await world.pass(99);
    expect(got).toEqual([ping(1)]);
    await world.pass(1);
    expect(got).toEqual([ping(1), undefined]);
    pid.send(ping(2));
    await world.ended(pid);
    expect(got).toEqual([ping(1), undefined, ping(2)]);
  });

  it('after a time does not count messages that do not fit', async () => {
    const got: unknown[] = [];
    const pid = start([(c) => c.after(100).receive('stop') as never, any], got);
    await world.pass(60);
    pid.send(ping(1));
    await world.pass(60);
    await world.quiet();
    expect(got).toEqual([undefined, ping(1)]);
    expect(isAlive(pid)).toBe(false);
  });

  it('after 0 looks at what is there and does not wait', async () => {
    const got: unknown[] = [];
    const now: How = (c) => c.after(0).receive('ping') as never;
    const pid = start([any, now, now, any], got);
    await world.quiet();
    pid.send(stop);
    pid.send({ type: 'other' });
    pid.send(ping(1));
    await world.quiet();
    expect(got).toEqual([stop, ping(1), undefined, { type: 'other' }]);
  });

  it('is not disturbed by a timeout that lost against a message', async () => {
    const got: unknown[] = [];
    const pid = start([(c) => c.after(100).receive() as never, (c) => c.after(200).receive() as never], got);
    await world.pass(50);
    pid.send(ping(1));
    await world.pass(199);
    expect(got).toEqual([ping(1)]);
    await world.pass(1);
    expect(got).toEqual([ping(1), undefined]);
  });

  it('is not ended by the timeout of an earlier one that arrives late', async () => {
    const got: unknown[] = [];
    const pid = start([(c) => c.after(100).receive() as never, (c) => c.after(1000).receive() as never], got);
    await world.quiet();
    pid.send(ping(1));
    world.host.advanceTo(100); // the timeout is in the mailbox, behind the message
    await world.pass(500);
    expect(got).toEqual([ping(1)]);
    pid.send(ping(2));
    await world.quiet();
    expect(got).toEqual([ping(1), ping(2)]);
  });

  it('handles long queues in order', async () => {
    const got: unknown[] = [];
    const pid = start(
      Array.from({ length: 500 }, () => any),
      got,
    );
    await world.quiet();
    for (let n = 0; n < 500; n++) pid.send(ping(n));
    await world.ended(pid);
    expect(got).toEqual(Array.from({ length: 500 }, (_, n) => ping(n)));
  });
});

describe('a generator body', () => {
  it('awaits promises that it yields', async () => {
    const got: unknown[] = [];
    const pid = spawn(function* (context) {
      got.push(yield Promise.resolve('value'));
      try {
        yield Promise.reject(new Error('refused'));
      } catch (error) {
        got.push((error as Error).message);
      }
      got.push(yield* context.receive());
    });
    await world.quiet();
    pid.send('message');
    await world.quiet();
    expect(got).toEqual(['value', 'refused', 'message']);
  });

  it('keeps messages that come while it awaits a promise', async () => {
    const got: unknown[] = [];
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const pid = spawn(function* (context) {
      yield gate;
      got.push(yield* context.receive(), yield* context.receive());
    });
    await world.quiet();
    pid.send(1);
    await world.quiet();
    pid.send(2);
    open();
    expect(await world.ended(pid)).toBe('normal');
    expect(got).toEqual([1, 2]);
  });

  it('can hand parts of its work to other generators', async () => {
    function* pair(context: Context<unknown>): Generator<unknown, unknown[], unknown> {
      return [yield* context.receive(), yield* context.receive()];
    }
    const got: unknown[] = [];
    const pid = spawn(function* (context) {
      got.push(yield* pair(context), yield* pair(context));
    });
    for (let i = 0; i < 4; i++) pid.send(i);
    await world.ended(pid);
    expect(got).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('ends when it is killed in a receive, without going on', async () => {
    const got: unknown[] = [];
    const pid = spawn(function* (context) {
      try {
        got.push(yield* context.receive());
      } finally {
        got.push('finally');
      }
    });
    await world.quiet();
    exit(pid, 'kill');
    pid.send('late');
    await world.quiet();
    expect(got).toEqual([]);
  });
});

describe('receive taken out of the context', () => {
  it('works, also with a timeout', async () => {
    const got: unknown[] = [];
    const pid = spawn(async ({ receive, after }) => {
      got.push(await receive());
      got.push(after);
    });
    pid.send('message');
    await world.quiet();
    expect(got[0]).toBe('message');
  });
});

it('receives one at a time: a second one meanwhile is a mistake, not a hang', async () => {
  const pid = spawn<Message>(async ({ receive }) => {
    await Promise.all([receive('ping'), receive('stop')]);
  });
  expect(await world.ended(pid)).toMatchObject({ code: 'badarg', message: `${pid} is already waiting in a receive: one at a time` });
});

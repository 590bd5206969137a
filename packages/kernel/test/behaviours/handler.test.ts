import { type Context, exit, isAlive, link, monitor, type Pid, spawn } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { useWorld } from '../support/world.js';

const world = useWorld();

/** A process that adds up what it is sent, and tells after each message. */
function adder(told: number[]): Pid<number> {
  return spawn<number>(() => {
    let sum = 0;
    return (n) => {
      sum += n;
      told.push(sum);
    };
  });
}

describe('a body that returns a handler', () => {
  it('gets every message in order, also those that came before it ran', async () => {
    const told: number[] = [];
    const pid = adder(told);
    for (let n = 1; n <= 200; n++) pid.send(n);
    await world.quiet();
    expect(told).toHaveLength(200);
    expect(told.at(-1)).toBe(20_100);
    pid.send(1);
    await world.quiet();
    expect(told.at(-1)).toBe(20_101);
    expect(isAlive(pid)).toBe(true);
  });

  it('ends when it says so, and with what it throws', async () => {
    const start = (): Pid<string> =>
      spawn<string>((context: Context<string>) => (message) => {
        if (message === 'throw') throw new Error('bad message');
        context.exit(context.self, message);
      });
    const orderly = start();
    const failing = start();
    const ends = [world.ended(orderly), world.ended(failing)];
    orderly.send('normal');
    failing.send('throw');
    expect(await Promise.all(ends)).toEqual(['normal', expect.objectContaining({ message: 'bad message' })]);
  });

  it('gets no message while its promise is pending, and ends when that is rejected', async () => {
    const log: string[] = [];
    let open: (error?: Error) => void = () => {};
    const pid = spawn<string>(() => async (message) => {
      log.push(`begin ${message}`);
      await new Promise<void>((resolve, reject) => {
        open = (error) => (error === undefined ? resolve() : reject(error));
      });
      log.push(`end ${message}`);
    });
    for (const message of ['a', 'b', 'c']) pid.send(message);
    await world.quiet();
    expect(log).toEqual(['begin a']);
    open();
    await world.quiet();
    expect(log).toEqual(['begin a', 'end a', 'begin b']);
    open(new Error('lost'));
    expect(await world.ended(pid)).toMatchObject({ message: 'lost' });
    expect(log).toEqual(['begin a', 'end a', 'begin b']);
  });

  it('can be killed while its promise is pending', async () => {
    const pid = spawn<string>(() => () => new Promise(() => {}));
    pid.send('x');
    await world.quiet();
    const ended = world.ended(pid);
    exit(pid, 'kill');
    expect(await ended).toBe('killed');
  });

  it('acts for its process: links, monitors and exits that it traps', async () => {
    const got: unknown[] = [];
    const other = spawn<never>(() => () => {});
    const pid = spawn<unknown>((context) => {
      context.trapExit(true);
      return (message) => {
        if (message === 'go') {
          link(other);
          monitor(other);
        } else got.push((message as { type: string }).type);
      };
    });
    pid.send('go');
    await world.quiet();
    exit(other, 'gone');
    await world.quiet();
    expect(got.sort()).toEqual(['DOWN', 'EXIT']);
  });

  it('cannot receive beside it', async () => {
    const pid = spawn<string>(({ receive }) => async () => {
      await receive();
    });
    pid.send('x');
    const reason = await world.ended(pid);
    expect(reason).toMatchObject({ code: 'badarg' });
    expect(String(reason)).toContain('handles its messages by the function that its body returned');
  });
});

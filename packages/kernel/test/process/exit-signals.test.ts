import { exit, GenServer, isAlive, link, monitor, type Pid, send, sendAfter, sleep, spawn, spawnLink } from '@rekindle/kernel';
import { linksOf, type ProcessId } from '@rekindle/kernel/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

/** Ends a process that is linked to it, so that the signal arrives in the middle of the handler. */
class Busy extends GenServer {
  attack(friend: Pid, log: string[]): string {
    this.link(friend);
    exit(friend, 'boom');
    log.push('goes on');
    return 'reply';
  }
  async attackLater(friend: Pid, log: string[]): Promise<void> {
    await sleep(1);
    this.attack(friend, log);
    await sleep(1);
    log.push('after the next await');
  }
  next(log: string[]): void {
    log.push('next request');
  }
}

describe('exit with a target', () => {
  let sender: Probe;
  beforeEach(() => {
    sender = new Probe();
  });
  const send = (to: Pid, reason: string): Promise<void> => sender.do((context) => context.exit(to, reason));

  it('ends a process that does not trap exits, with that reason', async () => {
    const target = new Probe();
    const end = world.ended(target.pid);
    await send(target.pid, 'boom');
    expect(await end).toBe('boom');
    expect(await world.ended(target.pid)).toBe('noproc');
  });

  it('is a message to a process that traps exits', async () => {
    const target = new Probe({ trapExit: true });
    await send(target.pid, 'boom');
    expect(await target.next()).toEqual({ type: 'EXIT', pid: sender.pid, reason: 'boom' });
  });

  it('does nothing with normal to a process that does not trap exits', async () => {
    const target = new Probe();
    await send(target.pid, 'normal');
    await world.quiet();
    expect(isAlive(target.pid)).toBe(true);
    expect(await target.mail()).toEqual([]);
  });

  it('is a message with normal, too, to one that does', async () => {
    const target = new Probe({ trapExit: true });
    await send(target.pid, 'normal');
    expect(await target.next()).toMatchObject({ type: 'EXIT', reason: 'normal' });
  });

  it('ends any process with kill, and the reason others see is killed', async () => {
    const target = new Probe({ trapExit: true });
    const friend = new Probe({ trapExit: true });
    await friend.do((context) => context.link(target.pid));
    const end = world.ended(target.pid);
    await send(target.pid, 'kill');
    expect(await end).toBe('killed');
    expect(await friend.next()).toEqual({ type: 'EXIT', pid: target.pid, reason: 'killed' });
  });

  it('takes effect ahead of the messages that wait', async () => {
    const seen: unknown[] = [];
    const target = spawn(async ({ receive }) => {
      for (;;) seen.push(await receive());
    });
    await world.quiet();
    for (let i = 0; i < 10; i++) target.send(i);
    exit(target, 'boom');
    await world.quiet();
    expect(seen).toEqual([]);
    expect(isAlive(target)).toBe(false);
  });

  it('is no error to a process that has ended', async () => {
    const target = spawn(() => {});
    await world.ended(target);
    await sender.do((context) => context.exit(target, 'boom'));
    exit(target, 'kill');
  });

  it('works outside of all processes', async () => {
    const target = new Probe({ trapExit: true });
    exit(target.pid, 'boom');
    const message = await target.next<{ pid: Pid }>();
    expect(message).toMatchObject({ type: 'EXIT', reason: 'boom' });
    expect(isAlive(message.pid)).toBe(false);
  });

  it('refuses what is no pid', async () => {
    await expect(sender.do((context) => context.exit('name' as never, 'x'))).rejects.toMatchObject({ code: 'badarg' });
    expect(() => exit({} as never, 'x')).toThrow(expect.objectContaining({ code: 'badarg' }));
  });
});

describe('exit of the process itself', () => {
  it('ends it with the reason, also with normal', async () => {
    for (const reason of ['boom', 'normal']) {
      const seen: string[] = [];
      const pid = spawn((context) => {
        context.exit(context.self, reason);
        seen.push('went on');
      });
      expect(await world.ended(pid)).toBe(reason);
      expect(seen).toEqual([]);
    }
  });

  it('is a message when exits are trapped', async () => {
    const probe = new Probe({ trapExit: true });
    await probe.do((context) => context.exit(context.self, 'boom'));
    expect(await probe.next()).toEqual({ type: 'EXIT', pid: probe.pid, reason: 'boom' });
  });

  it('with kill is not trapped', async () => {
    const probe = new Probe({ trapExit: true });
    const end = world.ended(probe.pid);
    probe.tell((context) => context.exit(context.self, 'kill'));
    expect(await end).toBe('killed');
  });

  it('with one argument is not trapped either', async () => {
    const probe = new Probe({ trapExit: true });
    const end = world.ended(probe.pid);
    probe.tell(() => exit('boom'));
    expect(await end).toBe('boom');
  });

  it('leaves code that catches it without effects', async () => {
    const other = new Probe();
    const counter = await Busy.start();
    const log: string[] = [];
    const pid = spawn((context) => {
      try {
        context.exit(context.self, 'boom');
      } catch {
        context.send(other.pid, 'context.send');
        context.link(other.pid);
        context.monitor(other.pid);
        context.exit(other.pid, 'context.exit');
        context.cast(counter, 'next', log);
        context.call(counter, 'next', log);
        context.spawn(() => other.pid.send('context.spawn')).send('no error');
        context.sendAfter(0, 'context.sendAfter', other.pid);
        other.pid.send('pid.send');
        send(other.pid, 'send');
        counter.cast('next', log);
        counter.call('next', log);
        link(other.pid);
        monitor(other.pid);
        exit(other.pid, 'exit');
        sendAfter(0, other.pid, 'sendAfter');
        spawn(() => other.pid.send('spawn')).send('no error');
        spawnLink(() => other.pid.send('spawnLink')).send('no error');
        Busy.start();
        Busy.startLink();
        log.push('went on');
      }
    });
    const before = world.kernel.started;
    expect(await world.ended(pid)).toBe('boom');
    await world.pass(10);
    expect(log).toEqual(['went on']);
    expect(isAlive(other.pid)).toBe(true);
    expect(await other.mail()).toEqual([]);
    expect(linksOf((other.pid as ProcessId).proc)).toEqual([]);
    expect((other.pid as ProcessId).proc.watchers).toBeNull();
    expect(world.kernel.started).toBe(before);
  });
});

describe('trapExit', () => {
  it('answers the old value', async () => {
    const probe = new Probe();
    expect(await probe.do((context) => [context.trapExit(true), context.trapExit(true), context.trapExit(false)])).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('counts when the signal arrives, not when the link was made', async () => {
    const probe = new Probe();
    const child = await probe.do((context) => {
      const pid = context.spawnLink(function* (child) {
        yield* child.receive();
        exit('boom');
      });
      context.trapExit(true);
      return pid;
    });
    child.send('go');
    expect(await probe.next()).toMatchObject({ type: 'EXIT', reason: 'boom' });
  });

  it('lets signals end the process again once switched off', async () => {
    const probe = new Probe({ trapExit: true });
    await probe.do((context) => context.trapExit(false));
    const end = world.ended(probe.pid);
    exit(probe.pid, 'boom');
    expect(await end).toBe('boom');
  });
});

describe('an exit signal to a process that is running', () => {
  it('takes effect when its synchronous stretch is over, before the next message', async () => {
    const log: string[] = [];
    const busy = await Busy.start();
    const first = busy.call('attack', new Probe().pid, log);
    const second = busy.call('next', log);
    const end = world.ended(busy);
    expect(await first).toBe('reply');
    await expect(second).rejects.toMatchObject({ code: 'exit', reason: 'boom' });
    expect(await end).toBe('boom');
    expect(log).toEqual(['goes on']);
  });

  it('takes effect at the next await of an async handler', async () => {
    const log: string[] = [];
    const busy = await Busy.start();
    const reply = busy.call('attackLater', new Probe().pid, log);
    const failed = expect(reply).rejects.toMatchObject({ code: 'exit', reason: 'boom' });
    await world.pass(10);
    await failed;
    expect(log).toEqual(['goes on']);
  });

  it('is a message at once when it traps exits', async () => {
    const probe = new Probe({ trapExit: true });
    const friend = new Probe();
    await probe.do((context) => {
      context.link(friend.pid);
      exit(friend.pid, 'boom');
      probe.pid.send('after');
    });
    expect(await probe.mail()).toMatchObject([{ type: 'EXIT', pid: friend.pid, reason: 'boom' }, 'after']);
  });
});

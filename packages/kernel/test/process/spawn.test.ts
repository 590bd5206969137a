import { exit, isAlive, type Pid, processes, registerProcess, self, spawn, spawnLink, spawnMonitor, whereis } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

describe('spawn', () => {
  it('gives a pid at once and runs the body later', async () => {
    const log: string[] = [];
    const pid = spawn(() => void log.push('body'));
    log.push('spawned');
    expect(isAlive(pid)).toBe(true);
    await world.ended(pid);
    expect(log).toEqual(['spawned', 'body']);
  });

  it('ends with normal when the body returns', async () => {
    expect(await world.ended(spawn(() => {}))).toBe('normal');
    expect(await world.ended(spawn(async () => {}))).toBe('normal');
    expect(await world.ended(spawn(function* () {}))).toBe('normal');
  });

  it('ends with the error that the body throws', async () => {
    const error = new RangeError('boom');
    const fail = (): never => {
      throw error;
    };
    expect(await world.ended(spawn(() => fail()))).toBe(error);
    expect(await world.ended(spawn(async () => fail()))).toBe(error);
    expect(await world.ended(spawn(() => Promise.reject(error)))).toBe(error);
    expect(
      await world.ended(
        spawn(function* () {
          fail();
        }),
      ),
    ).toBe(error);
  });

  it('ends with nocatch and the value when something else is thrown', async () => {
    expect(
      await world.ended(
        spawn(async () => {
          throw 42;
        }),
      ),
    ).toEqual({ nocatch: 42 });
  });

  it('ends with the reason given to exit', async () => {
    expect(await world.ended(spawn(() => exit('bored')))).toBe('bored');
    expect(await world.ended(spawn(async () => exit({ shutdown: 'done' })))).toEqual({ shutdown: 'done' });
    expect(
      await world.ended(
        spawn(async () => {
          await Promise.resolve(); // nobody is known to run after this
          exit('later');
        }),
      ),
    ).toBe('later');
  });

  it('runs other processes while one awaits', async () => {
    const log: string[] = [];
    const slow = spawn(async () => {
      log.push('slow starts');
      await new Promise((resolve) => setImmediate(resolve));
      log.push('slow ends');
    });
    spawn(() => void log.push('other'));
    await world.ended(slow);
    expect(log).toEqual(['slow starts', 'other', 'slow ends']);
  });

  it('registers the name before the body runs, and frees it at the end', async () => {
    const pid = spawn(
      async (context) => {
        await context.receive();
      },
      { name: 'early' },
    );
    expect(whereis('early')).toBe(pid);
    pid.send('end');
    await world.ended(pid);
    expect(whereis('early')).toBeUndefined();
  });

  it('throws badarg and leaves no process behind when the name is taken', async () => {
    const holder = new Probe({ name: 'taken' });
    const before = world.alive;
    expect(() => spawn(() => {}, { name: 'taken' })).toThrow(expect.objectContaining({ code: 'badarg' }));
    expect(world.alive).toBe(before);
    expect(whereis('taken')).toBe(holder.pid);
  });

  it('traps exits from the first instant if asked to', async () => {
    const pid = spawn(
      async (context) => {
        exit(`got ${((await context.receive()) as { type: string }).type}`);
      },
      { trapExit: true },
    );
    exit(pid, 'early');
    expect(await world.ended(pid)).toBe('got EXIT');
  });

  it('gives pids that are different, printable, and listed while they live', async () => {
    const pids = Array.from({ length: 3 }, () => new Probe().pid);
    expect(new Set(pids.map((pid) => pid.serial)).size).toBe(3);
    for (const pid of pids) {
      expect(String(pid)).toBe(`#Pid<local.0.${pid.serial}>`);
      expect(processes()).toContain(pid);
    }
    exit(pids[1] as Pid, 'kill');
    expect(processes()).toContain(pids[0]);
    expect(processes()).not.toContain(pids[1]);
  });
});

describe('self', () => {
  it('is the running process', async () => {
    const seen: Pid[] = [];
    const pid = spawn((context) => void seen.push(self(), context.self));
    await world.ended(pid);
    expect(seen).toEqual([pid, pid]);
    expect(seen[0]).toBe(pid);
  });

  it('throws no_process outside of all processes', () => {
    expect(() => self()).toThrow(expect.objectContaining({ code: 'no_process' }));
  });
});

describe('spawnLink', () => {
  it('links before the first instruction of the new process', async () => {
    const probe = new Probe({ trapExit: true });
    const child = await probe.do(() => spawnLink(() => exit('at once')));
    expect(await probe.next()).toMatchObject({ type: 'EXIT', pid: child, reason: 'at once' });
  });

  it('ends a parent that does not trap exits', async () => {
    const parent = new Probe();
    parent.tell((context) => context.spawnLink(() => exit('at once')));
    expect(await world.ended(parent.pid)).toBe('at once');
  });

  it('throws no_process outside of all processes and says what works', () => {
    expect(() => spawnLink(() => {})).toThrow(/this\.spawnLink\(\.\.\.\).*context\.spawnLink\(\.\.\.\)/);
  });
});

describe('spawnMonitor', () => {
  it('monitors before the first instruction of the new process', async () => {
    const probe = new Probe();
    const { pid, ref } = await probe.do(() => spawnMonitor(() => exit('at once')));
    expect(await probe.next()).toEqual({ type: 'DOWN', ref, pid, reason: 'at once' });
  });

  it('does not link', async () => {
    const probe = new Probe();
    await probe.do((context) => context.spawnMonitor(() => exit('at once')));
    await world.quiet();
    expect(isAlive(probe.pid)).toBe(true);
  });
});

describe('registerProcess', () => {
  it('is undone by the end of the process before anyone sees it', async () => {
    const seen: unknown[] = [];
    const named = new Probe();
    registerProcess('named', named.pid);
    const watcher = new Probe({ trapExit: true });
    await watcher.do((context) => {
      context.monitor(named.pid);
      context.link(named.pid);
    });
    exit(named.pid, 'gone');
    await watcher.next(() => {
      seen.push(whereis('named'));
      return true;
    });
    expect(seen).toEqual([undefined]);
  });
});

import { type Context, exit, GenServer, isAlive, type Pid, sendAfter, spawn, whereis } from '@rekindle/kernel';
import { linksOf, type ProcessId } from '@rekindle/kernel/internal';
import { describe, expect, it } from 'vitest';
import { generations } from '../support/generations.js';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

function* idle(context: Context<unknown>): Generator<unknown, void, unknown> {
  yield* context.receive();
}

describe('many processes', () => {
  it('die in a chain of 100,000 links without recursion', async () => {
    const LENGTH = 100_000;
    let first: Pid | undefined;
    let last: Pid | undefined;
    let next = 0;
    const grow = (context: Context<unknown>): Generator<unknown, void, unknown> => {
      first ??= context.self;
      last = context.self;
      if (++next < LENGTH) context.spawnLink(grow);
      return idle(context);
    };
    spawn(grow);
    await world.quiet();
    expect(world.alive).toBe(LENGTH);
    const end = world.ended(last as Pid);
    exit(first as Pid, 'boom');
    expect(await end).toBe('boom');
    expect(world.alive).toBe(0);
  });

  it('die as a star of 10,000 links around one', async () => {
    const hub = new Probe();
    await hub.do((context) => {
      for (let i = 0; i < 10_000; i++) context.spawnLink(idle);
    });
    await world.quiet();
    expect(world.alive).toBe(10_001);
    expect(linksOf((hub.pid as ProcessId).proc)).toHaveLength(10_000);
    exit(hub.pid, 'boom');
    expect(world.alive).toBe(0);
  });

  it('leave nothing behind: 10,000 with names, timers, links, monitors and calls', async () => {
    class Sink extends GenServer {
      never(): Promise<never> {
        return new Promise(() => {});
      }
    }
    const sink = await Sink.start();
    const hub = new Probe({ trapExit: true });
    const serials = new Set<number>();
    const pids = await hub.do((context) =>
      Array.from({ length: 10_000 }, (_, i) => {
        const pid = context.spawn(
          async (child) => {
            child.monitor(sink);
            child.link(context.self);
            await child.call(sink, 'never');
          },
          { name: `child ${i}` },
        );
        context.monitor(pid);
        sendAfter(60_000, pid, 'tick');
        return pid;
      }),
    );
    await world.quiet();
    for (const pid of pids) serials.add(pid.serial);
    expect(serials.size).toBe(10_000);
    expect(world.alive).toBe(10_002);
    for (const pid of pids) exit(pid, 'kill');
    expect(await hub.mail()).toHaveLength(20_000);
    expect(world.alive).toBe(2);
    expect(world.kernel.names.names()).toEqual([]);
    expect(whereis('child 0')).toBeUndefined();
    const { proc } = sink as unknown as ProcessId;
    expect(proc.watchers).toBeNull();
    expect([(hub.pid as ProcessId).proc.links, (hub.pid as ProcessId).proc.owned]).toEqual([null, null]);
    exit(sink, 'kill');
    expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });

  it('leave the heap as it was: 300,000, one generation after the other', async () => {
    const { early, late, highestSlot } = await generations(300_000);
    expect(world.alive).toBe(0);
    expect(highestSlot).toBeLessThan(2000);
    expect(late - early).toBeLessThan(2 * 2 ** 20);
  });

  it('reuse slots with serials that were never used before', async () => {
    const seen = new Set<number>();
    const slots = new Set<number>();
    for (let round = 0; round < 100; round++) {
      const pids = Array.from({ length: 10 }, () => spawn(idle));
      for (const pid of pids) {
        seen.add(pid.serial);
        slots.add((pid as ProcessId).slot);
        exit(pid, 'kill');
      }
    }
    expect(seen.size).toBe(1000);
    expect(slots.size).toBeLessThanOrEqual(10);
  });

  it('do not confuse a kept pid with a later process in its slot', async () => {
    const old = spawn(idle);
    exit(old, 'kill');
    const young = new Probe();
    expect((young.pid as ProcessId).slot).toBe((old as ProcessId).slot);
    old.send('for the dead');
    exit(old, 'kill');
    const watcher = new Probe();
    await watcher.do((context) => context.monitor(old));
    expect(await watcher.next()).toMatchObject({ reason: 'noproc' });
    expect(isAlive(old)).toBe(false);
    expect(isAlive(young.pid)).toBe(true);
    expect(await young.mail()).toEqual([]);
    expect((old as ProcessId).equals(young.pid)).toBe(false);
  });
});

import { type ExitReason, exit, GenServer, isAlive, type Pid, sleep, stop, whereis } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

interface Settings {
  readonly log: unknown[];
  readonly trapExit?: boolean;
  readonly terminate?: 'slow' | 'throw' | 'throwValue' | 'exit' | 'returns';
}

class Tidy extends GenServer {
  #settings!: Settings;
  override init(settings: Settings): void {
    this.#settings = settings;
    this.trapExit(settings.trapExit === true);
  }
  stop(reason: ExitReason) {
    return stop(reason);
  }
  stopWith(reason: ExitReason) {
    return stop(reason, 'reply');
  }
  fail(): never {
    throw new Error('boom');
  }
  busy(ms: number): Promise<void> {
    return sleep(ms);
  }
  override async terminate(reason: ExitReason): Promise<void> {
    const { log, terminate } = this.#settings;
    log.push(reason);
    if (terminate === 'slow') {
      await sleep(100);
      log.push('done');
    }
    if (terminate === 'throw') throw new Error('terminate failed');
    if (terminate === 'throwValue') throw 42;
    if (terminate === 'exit') exit('other reason');
    if (terminate === 'returns') return 'ignored' as never;
  }
}

describe('terminate', () => {
  it('runs with the reason when the server stops or fails', async () => {
    const log: unknown[] = [];
    (await Tidy.start({ log })).cast('stop', 'enough');
    (await Tidy.start({ log })).cast('fail');
    await world.quiet();
    expect(log).toEqual(['enough', expect.objectContaining({ message: 'boom' })]);
  });

  it('runs when its parent tells it to end and it traps exits', async () => {
    const log: unknown[] = [];
    const parent = new Probe();
    const tidy = await parent.do((context) => context.startLink(Tidy, { log, trapExit: true }));
    const end = world.ended(tidy);
    exit(parent.pid, 'boom');
    expect(await end).toBe('boom');
    expect(log).toEqual(['boom']);
  });

  it('does not run when it does not trap exits', async () => {
    const log: unknown[] = [];
    const parent = new Probe();
    const tidy = await parent.do((context) => context.startLink(Tidy, { log }));
    const end = world.ended(tidy);
    exit(parent.pid, 'boom');
    expect(await end).toBe('boom');
    expect(log).toEqual([]);
  });

  it('does not run for the EXIT of another process, which is a message', async () => {
    const log: unknown[] = [];
    const tidy = await Tidy.start({ log, trapExit: true });
    const other = new Probe();
    await other.do((context) => context.link(tidy));
    exit(other.pid, 'boom');
    exit(tidy, 'shutdown');
    await world.quiet();
    expect(isAlive(tidy)).toBe(true);
    expect(log).toEqual([]);
  });

  it('does not run after kill', async () => {
    const log: unknown[] = [];
    const tidy = await Tidy.start({ log, trapExit: true });
    const end = world.ended(tidy);
    exit(tidy, 'kill');
    expect(await end).toBe('killed');
    expect(log).toEqual([]);
  });

  it('waits until the handler that runs is done', async () => {
    const log: unknown[] = [];
    const parent = new Probe();
    const tidy = await parent.do((context) => context.startLink(Tidy, { log, trapExit: true }));
    tidy.cast('busy', 50);
    await world.quiet();
    exit(parent.pid, 'boom');
    await world.pass(49);
    expect(log).toEqual([]);
    await world.pass(1);
    expect(log).toEqual(['boom']);
  });

  it('may be async: the process ends, and frees its name, when it is done', async () => {
    const log: unknown[] = [];
    const tidy = await Tidy.start({ log, terminate: 'slow' }, { name: 'tidy' });
    const end = world.ended(tidy).then(() => log.push('ended'));
    tidy.cast('stop', 'enough');
    await world.pass(99);
    expect(log).toEqual(['enough']);
    expect(whereis('tidy')).toBe(tidy);
    await world.pass(1);
    await end;
    expect(log).toEqual(['enough', 'done', 'ended']);
    expect(whereis('tidy')).toBeUndefined();
  });

  it.each([
    ['throw', expect.objectContaining({ message: 'terminate failed' })],
    ['exit', 'other reason'],
    ['throwValue', 'enough'],
    ['returns', 'enough'],
  ] as const)('that does %s makes the reason %o', async (terminate, reason) => {
    const log: unknown[] = [];
    const tidy = await Tidy.start({ log, terminate });
    const end = world.ended(tidy);
    tidy.cast('stop', 'enough');
    expect(await end).toEqual(reason);
    expect(log).toEqual(['enough']);
  });

  it('that throws still lets the reply out', async () => {
    const tidy = await Tidy.start({ log: [], terminate: 'throw' });
    const end = world.ended(tidy);
    expect(await tidy.call('stopWith', 'enough')).toBe('reply');
    expect(await end).toMatchObject({ message: 'terminate failed' });
  });

  it('runs once, even if exit signals come meanwhile', async () => {
    const log: unknown[] = [];
    const tidy = await Tidy.start({ log, terminate: 'slow', trapExit: true });
    const end = world.ended(tidy);
    tidy.cast('stop', 'enough');
    await world.pass(50);
    exit(tidy, 'again');
    tidy.cast('stop', 'again');
    await world.pass(50);
    expect(await end).toBe('enough');
    expect(log).toEqual(['enough', 'done']);
  });

  it('is cut short by a signal when exits are not trapped, and by kill in any case', async () => {
    for (const [trapExit, signal, reason] of [
      [false, 'boom', 'boom'],
      [true, 'kill', 'killed'],
    ] as const) {
      const log: unknown[] = [];
      const tidy: Pid = await Tidy.start({ log, terminate: 'slow', trapExit });
      const end = world.ended(tidy);
      (tidy as Awaited<ReturnType<typeof Tidy.start<Tidy>>>).cast('stop', 'enough');
      await world.pass(50);
      exit(tidy, signal);
      expect(await end).toBe(reason);
      await world.pass(100);
      expect(log).toEqual(['enough']);
    }
  });
});

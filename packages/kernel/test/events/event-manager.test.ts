import { channel } from 'node:diagnostics_channel';
import {
  type CrashReport,
  EventHandler,
  EventManager,
  type Exit,
  exit,
  GenServer,
  type HandlerExit,
  type Pid,
  type Ref,
  Registry,
  register,
  reply,
  sleep,
  supervise,
} from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import { Probe } from '../support/probe.js';
import { Tree } from '../support/tree.js';
import { useWorld } from '../support/world.js';

type Event = string | { readonly to: string; readonly do: 'exit' | 'error' | 'throw' | 'odd' | 'remove' | 'swap' | 'swapBad' | 'slow' };

let log: unknown[];
beforeEach(() => {
  log = [];
});

interface Options {
  readonly name: string;
  readonly fail?: 'exit' | 'odd';
}

/** A handler that notes what happens to it. */
class Noting extends EventHandler<Event> {
  name = '';
  heard = 0;
  override init({ name, fail }: Options, ...previous: unknown[]): unknown {
    if (fail === 'exit') exit('init boom');
    if (fail === 'odd') return 'odd';
    this.name = name;
    log.push([`+${name}`, ...previous]);
    return undefined;
  }
  override handleEvent(event: Event) {
    this.heard++;
    if (typeof event === 'object' && event.to === this.name) {
      const swapped = { name: `${this.name}2` };
      if (event.do === 'exit') exit('boom');
      if (event.do === 'error') throw new Error('boom');
      if (event.do === 'throw') throw 'thrown';
      if (event.do === 'odd') return 'odd' as never;
      if (event.do === 'remove') return this.remove();
      if (event.do === 'swap') return this.swap({ handler: Noting, id: 'new' }, swapped, { why: 'sw' });
      if (event.do === 'swapBad') return this.swap(Noting, { ...swapped, fail: 'exit' }, { why: 'sw' });
      if (event.do === 'slow') return sleep(10).then(() => void log.push(`${this.name} slept`));
    }
    log.push(`${this.name}: ${typeof event === 'string' ? event : event.do}`);
    return;
  }
  count(plus: number): number {
    return this.heard + plus;
  }
  async slowly(): Promise<string> {
    await sleep(10);
    return 'slow';
  }
  leave() {
    return this.remove('bye');
  }
  swapOut() {
    return this.swap(Noting, { name: 'after' }, { reply: 'swapped', why: 'called' });
  }
  wrapped() {
    return reply('wrapped');
  }
  crash(how: 'exit' | 'throw'): never {
    if (how === 'throw') throw 'thrown';
    return exit('call boom');
  }
  override handleInfo(message: unknown): void {
    log.push([`${this.name} info`, message]);
  }
  override terminate(why: unknown): unknown {
    log.push([`-${this.name}`, why]);
    if (why === 'crash') exit('term boom');
    return `was ${this.name}`;
  }
}

const named = (id: string): { handler: typeof Noting; id: string } => ({ handler: Noting, id });
const forget = (): void => void (log.length = 0);

describe('an event manager', () => {
  const world = useWorld();
  let bus: Ref<EventManager<Event>>;
  let owner: Probe;
  beforeEach(async () => {
    class Bus extends EventManager<Event> {}
    bus = await Bus.start(undefined, { name: 'bus' });
    owner = new Probe();
  });

  async function add(...names: string[]): Promise<void> {
    for (const name of names) await EventManager.addHandler(bus, named(name), { name });
    forget();
  }
  const ids = async (): Promise<unknown[]> => (await EventManager.whichHandlers(bus)).map(({ id }) => id);

  it('hands events to all handlers, the latest first', async () => {
    await add('a', 'b', 'c');
    expect(await EventManager.whichHandlers('bus')).toEqual(['c', 'b', 'a'].map((id) => ({ handler: Noting, id })));
    EventManager.notify(bus, 'x');
    EventManager.notify('bus', 'y');
    expect(log).toEqual([]);
    await EventManager.syncNotify(bus, 'z');
    expect(log).toEqual(['c: x', 'b: x', 'a: x', 'c: y', 'b: y', 'a: y', 'c: z', 'b: z', 'a: z']);
  });

  it('waits for async handlers, one after the other', async () => {
    await add('a', 'b');
    const done = EventManager.syncNotify(bus, { to: 'b', do: 'slow' }).then(() => log.push('done'));
    await world.pass(9);
    expect(log).toEqual([]);
    await world.pass(1);
    await done;
    expect(log).toEqual(['b slept', 'a: slow', 'done']);
  });

  it('takes a handler without an id, and the same one twice', async () => {
    await EventManager.addHandler(bus, Noting, { name: 'first' });
    await EventManager.addHandler(bus, Noting, { name: 'second' });
    expect(await EventManager.whichHandlers(bus)).toEqual([
      { handler: Noting, id: undefined },
      { handler: Noting, id: undefined },
    ]);
    expect(await EventManager.deleteHandler(bus, Noting, 'x')).toBe('was second');
    expect(await EventManager.deleteHandler(bus, Noting)).toBe('was first');
  });

  it.each([
    ['exit', 'init boom'],
    ['odd', { bad_return_value: 'odd' }],
  ] as const)('does not take a handler whose init fails (%s)', async (fail, reason) => {
    await expect(EventManager.addHandler(bus, Noting, { name: 'a', fail })).rejects.toMatchObject({
      name: 'StartError',
      code: 'init_failed',
      reason,
    });
    expect(await ids()).toEqual([]);
  });

  it('takes handlers only', async () => {
    for (const odd of [Date, undefined, { handler: Map, id: 'a' }, GenServer]) {
      await expect(EventManager.addHandler(bus, odd as never)).rejects.toMatchObject({ code: 'not_registered' });
    }
    await expect(Tree.start(supervise({ children: [Noting as never] }))).rejects.toMatchObject({
      reason: { shutdown: { reason: { code: 'bad_child_spec' } } },
    });
  });

  describe('a handler that fails', () => {
    it.each([
      ['exit', 'boom'],
      ['error', expect.objectContaining({ message: 'boom' })],
      ['odd', { bad_return_value: 'odd' }],
      ['throw', { bad_return_value: 'thrown' }],
    ] as const)('is removed alone, and reported (%s)', async (how, reason) => {
      const reports: CrashReport[] = [];
      const listen = (report: unknown): void => void reports.push(report as CrashReport);
      await add('a', 'b', 'c');
      channel('rekindle.crash').subscribe(listen);
      await EventManager.syncNotify(bus, { to: 'b', do: how });
      channel('rekindle.crash').unsubscribe(listen);
      expect(log).toEqual([`c: ${how}`, ['-b', { error: reason }], `a: ${how}`]);
      expect(await ids()).toEqual(['c', 'a']);
      expect(reports).toMatchObject([{ pid: bus, behaviour: 'Noting in Bus', name: 'bus', reason }]);
    });

    it('may leave by itself', async () => {
      await add('a', 'b');
      await EventManager.syncNotify(bus, { to: 'b', do: 'remove' });
      expect(log).toEqual([['-b', 'removeHandler'], 'a: remove']);
    });

    it('may put another one in its place', async () => {
      await add('a', 'b', 'c');
      await EventManager.syncNotify(bus, { to: 'b', do: 'swap' });
      expect(log).toEqual(['c: swap', ['-b', 'sw'], ['+b2', 'was b'], 'a: swap']);
      expect(await ids()).toEqual(['c', 'new', 'a']);
    });

    it('is gone also if the other one fails to start', async () => {
      await add('a', 'b');
      await EventManager.syncNotify(bus, { to: 'b', do: 'swapBad' });
      expect(await ids()).toEqual(['a']);
    });
  });

  describe('call', () => {
    it('calls a method of one handler', async () => {
      await add('a', 'b');
      EventManager.notify(bus, 'x');
      expect(await EventManager.call(bus, named('a'), 'count', 10)).toBe(11);
      expect(await EventManager.call(bus, named('a'), 'wrapped')).toBe('wrapped');
      const slow = EventManager.call(bus, named('b'), 'slowly');
      await world.pass(10);
      expect(await slow).toBe('slow');
    });

    it('rejects for a handler that is not there', async () => {
      await expect(EventManager.call(bus, Noting, 'count', 1)).rejects.toMatchObject({ name: 'HandlerError', code: 'bad_module' });
      await expect(EventManager.call('nobody', Noting, 'count', 1)).rejects.toMatchObject({ name: 'CallError', code: 'noproc' });
    });

    it('lets a handler answer and leave, or be replaced', async () => {
      await add('a');
      expect(await EventManager.call(bus, named('a'), 'leave')).toBe('bye');
      await add('a');
      expect(await EventManager.call(bus, named('a'), 'swapOut')).toBe('swapped');
      expect(log).toEqual([
        ['-a', 'called'],
        ['+after', 'was a'],
      ]);
    });

    it.each([
      ['exit', 'call boom'],
      ['throw', { bad_return_value: 'thrown' }],
    ] as const)('removes a handler that fails (%s)', async (how, reason) => {
      await add('a');
      await expect(EventManager.call(bus, named('a'), 'crash', how)).rejects.toMatchObject({ code: 'exit', reason });
      expect(log).toEqual([['-a', { error: reason }]]);
      expect(await ids()).toEqual([]);
    });

    it('removes a handler that has no such method', async () => {
      await add('a');
      await expect(EventManager.call(bus, named('a'), 'missing' as 'leave')).rejects.toMatchObject({ reason: { bad_call: 'missing' } });
      expect(await ids()).toEqual([]);
    });

    it('waits 5,000 ms, or as long as the reference says', async () => {
      class Never extends EventHandler<Event> {
        override handleEvent(): void {}
        hang(): Promise<void> {
          return new Promise(() => {});
        }
      }
      await EventManager.addHandler(bus, Never);
      const impatient = EventManager.call(bus.within(10), Never, 'hang').catch((error: unknown) => error);
      const patient = EventManager.call(bus, Never, 'hang').catch((error: unknown) => error);
      await world.pass(10);
      expect(await impatient).toMatchObject({ code: 'timeout' });
      await world.pass(4990);
      expect(await patient).toMatchObject({ code: 'timeout' });
    });
  });

  describe('deleteHandler and swapHandler', () => {
    it('end a handler with what it is given', async () => {
      await add('a');
      expect(await EventManager.deleteHandler(bus, named('a'), 'why')).toBe('was a');
      expect(log).toEqual([['-a', 'why']]);
      await expect(EventManager.deleteHandler(bus, named('a'))).rejects.toMatchObject({ code: 'module_not_found' });
      await add('a');
      await expect(EventManager.deleteHandler(bus, named('a'), 'crash')).rejects.toMatchObject({ code: 'exit', reason: 'term boom' });
      expect(await ids()).toEqual([]);
    });

    it('swap hands over what the old one returns; the new one comes first', async () => {
      await add('a', 'b');
      await EventManager.swapHandler(bus, [named('a'), 'sw'], [named('n'), { name: 'n' }]);
      expect(log).toEqual([
        ['-a', 'sw'],
        ['+n', 'was a'],
      ]);
      expect(await ids()).toEqual(['n', 'b']);
      await EventManager.swapHandler(bus, [named('none'), 'sw'], [named('m'), { name: 'm' }]);
      expect(log.at(-1)).toEqual(['+m', 'error']);
      await expect(EventManager.swapHandler(bus, [named('m'), 'sw'], [named('q'), { name: 'q', fail: 'exit' }])).rejects.toMatchObject({
        code: 'init_failed',
        reason: 'init boom',
      });
      expect(await ids()).toEqual(['n', 'b']);
    });
  });

  describe('a supervised handler', () => {
    const gone = (id: string, reason: unknown): HandlerExit => ({
      type: 'handlerExit',
      manager: bus,
      handler: 'Noting',
      id,
      reason: reason as HandlerExit['reason'],
    });
    async function sup(id: string, by = owner): Promise<void> {
      await by.do(() => EventManager.addSupHandler(bus, named(id), { name: id }));
      forget();
    }

    it.each([
      ['exit', 'boom'],
      ['odd', { bad_return_value: 'odd' }],
      ['remove', 'normal'],
    ] as const)('tells its owner that it is gone (%s)', async (how, reason) => {
      await sup('s');
      await EventManager.syncNotify(bus, { to: 's', do: how });
      expect(await owner.mail()).toEqual([gone('s', reason)]);
    });

    it('tells its owner that it was deleted or replaced', async () => {
      await sup('s');
      await EventManager.deleteHandler(bus, named('s'));
      await sup('s');
      await EventManager.syncNotify(bus, { to: 's', do: 'swap' });
      await EventManager.syncNotify(bus, { to: 's2', do: 'exit' });
      await sup('s');
      await EventManager.syncNotify(bus, { to: 's', do: 'swapBad' });
      expect(await owner.mail()).toEqual([
        gone('s', 'normal'),
        gone('s', { swapped: 'Noting', by: owner.pid }),
        gone('new', 'boom'),
        gone('s', { swapped: 'Noting', by: owner.pid }),
        { ...gone('s', 'init boom'), id: undefined },
      ]);
    });

    it('can be taken over by another process', async () => {
      await sup('s');
      const other = new Probe();
      await other.do(() => EventManager.swapSupHandler(bus, [named('s'), 'sw'], [named('t'), { name: 't' }]));
      expect(await owner.mail()).toEqual([gone('s', { swapped: 'Noting', by: other.pid })]);
      await EventManager.deleteHandler(bus, named('t'));
      expect(await other.mail()).toEqual([gone('t', 'normal')]);
    });

    it.each(['bye', 'normal'])('ends with its owner (%s); the others hear of that', async (reason) => {
      await add('a');
      await sup('s');
      owner.tell(() => exit(reason));
      await world.quiet();
      expect(log).toEqual([
        ['-s', { stop: reason }],
        ['a info', expect.objectContaining({ type: 'EXIT', pid: owner.pid, reason } satisfies Exit)],
      ]);
      expect(await ids()).toEqual(['a']);
    });

    it('needs a process', () => {
      expect(() => EventManager.addSupHandler(bus, Noting, { name: 'a' })).toThrow(expect.objectContaining({ code: 'no_process' }));
    });

    it('hears that the manager ended', async () => {
      const trapping = new Probe({ trapExit: true });
      await sup('s', trapping);
      await add('a');
      await EventManager.stop(bus);
      expect(log).toEqual([
        ['-a', 'stop'],
        ['-s', 'stop'],
      ]);
      expect(await trapping.mail()).toMatchObject([gone('s', 'shutdown'), { type: 'EXIT', reason: 'normal' }]);
    });
  });

  it('passes other messages to all handlers', async () => {
    await add('a', 'b');
    bus.send('hello' as never);
    await world.quiet();
    expect(log).toEqual([
      ['b info', 'hello'],
      ['a info', 'hello'],
    ]);
  });

  it('traps exits, and ends its handlers when its supervisor tells it to end', async () => {
    const via = new Registry();
    const ref = await Tree.start(supervise({ children: [{ start: EventManager, name: { via, key: 'below' }, id: 'below' }] }));
    await EventManager.addHandler({ via, key: 'below' }, Noting, { name: 'a' });
    exit(via.whereis('below') as Pid, 'whatever');
    await world.quiet();
    await GenServer.stop(ref);
    expect(log).toEqual([['+a'], ['a info', expect.objectContaining({ type: 'EXIT', reason: 'whatever' })], ['-a', 'stop']]);
  });

  it('works with strict messages', async () => {
    world.strict();
    await add('a');
    await EventManager.syncNotify(bus, 'x');
    expect(await EventManager.call(bus, named('a'), 'count', 1)).toBe(2);
    expect(await EventManager.whichHandlers(bus)).toEqual([{ handler: Noting, id: 'a' }]);
  });
});

describe('an event manager on another thread', () => {
  const world = useCluster(2);
  class Counting extends EventHandler<number> {
    #sum = 0;
    override handleEvent(n: number): void {
      this.#sum += n;
    }
    sum(): number {
      return this.#sum;
    }
  }
  register(EventManager, Counting);

  it('takes handlers whose classes are registered', async () => {
    const here = (world.members[0] as Member).probe({ trapExit: true });
    const bus = (await here.do((context) => context.start(EventManager<number>, undefined, { thread: 1 }))) as Ref<EventManager<number>>;
    expect(bus.thread).toBe(1);
    await here.do(() => EventManager.addSupHandler(bus, Counting));
    EventManager.notify(bus, 1);
    await EventManager.syncNotify(bus, 2);
    expect(await EventManager.call(bus, Counting, 'sum')).toBe(3);
    exit(bus, 'kill');
    await world.cluster.quiet();
    expect(await here.mail()).toMatchObject([{ type: 'EXIT', reason: 'killed' }]);
  });
});

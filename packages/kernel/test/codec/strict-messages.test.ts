import {
  type Context,
  DynamicSupervisor,
  type From,
  GenServer,
  noreply,
  type Pid,
  type Ref,
  Supervisor,
  sendAfter,
  spawn,
  supervise,
} from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
beforeEach(() => world.strict());

interface Data {
  list: number[];
}

class Keeper extends GenServer<{ info: Data }> {
  data: Data = { list: [] };
  override init(data?: Data): void {
    this.data = data ?? this.data;
  }
  keep(data: Data): void {
    this.data = data;
  }
  read(): Data {
    return this.data;
  }
  size(): number {
    return this.data.list.length;
  }
  leak(): unknown {
    return { f: () => 1 };
  }
  later() {
    const from = this.from<unknown>();
    this.spawn(() => from.reply({ f: () => 1 }));
    return noreply(from);
  }
  echo(value: unknown): unknown {
    return value;
  }
  override handleInfo(message: Data | { type: string }): void {
    if ('list' in message) this.data = message;
  }
}

const f = (): number => 1;
const notSendable = expect.objectContaining({ code: 'not_sendable' });

describe('strict messages', () => {
  it('copy what is sent', async () => {
    const probe = new Probe();
    const message = { list: [1] };
    probe.pid.send(message);
    message.list.push(2);
    expect(await probe.next()).toEqual({ list: [1] });
  });

  it('copy the arguments of calls and casts, and of starts', async () => {
    const data = { list: [1] };
    const keeper = await Keeper.start(data);
    data.list.push(2);
    expect(await keeper.call('size')).toBe(1);
    keeper.cast('keep', data);
    data.list.push(3);
    expect(await keeper.call('size')).toBe(2);
    const reply = keeper.call('keep', data);
    data.list.push(4);
    await reply;
    expect(await keeper.call('size')).toBe(3);
  });

  it('copy replies', async () => {
    const keeper = await Keeper.start({ list: [1] });
    (await keeper.call('read')).list.push(2);
    expect(await keeper.call('size')).toBe(1);
  });

  it('copy what a timer sends when it is set', async () => {
    const probe = new Probe();
    const message = { list: [1] };
    sendAfter(10, probe.pid, message);
    message.list.push(2);
    await world.pass(10);
    expect(await probe.next()).toEqual({ list: [1] });
  });

  it('leave processes what they are', async () => {
    const keeper = await Keeper.start();
    const { pid } = new Probe();
    expect(await keeper.call('echo', [pid, keeper])).toEqual([pid, keeper]);
    expect(await keeper.call('echo', keeper)).toBe(keeper);
  });

  it('leave EXITs, DOWNs and the reasons in them alone', async () => {
    const probe = new Probe({ trapExit: true });
    const reason = { shutdown: f };
    const ref = await probe.do((context) => {
      const { pid } = context.spawnMonitor((child) => {
        child.exit(child.self, reason);
      });
      return context.monitor(pid);
    });
    expect(await probe.next((message) => (message as { ref: unknown }).ref === ref)).toMatchObject({ type: 'DOWN', reason });
  });
});

describe('a function, with strict messages,', () => {
  it('is refused in a message, a cast and a timer, where it is sent', async () => {
    const keeper = await Keeper.start();
    expect(() => keeper.send({ list: f } as never)).toThrow(notSendable);
    expect(() => keeper.cast('keep', { list: f } as never)).toThrow(notSendable);
    expect(() => sendAfter(10, keeper as Pid, f)).toThrow(notSendable);
    await world.pass(100);
    expect(await keeper.call('size')).toBe(0);
  });

  it('is refused in a call, which leaves nothing behind', async () => {
    const keeper = await Keeper.start();
    const probe = new Probe();
    await expect(probe.do((context) => context.call(keeper, 'keep', { list: f } as never))).rejects.toEqual(notSendable);
    await expect(keeper.call('keep', { list: f } as never)).rejects.toEqual(notSendable);
    const { proc } = probe.pid as unknown as { proc: { owned: unknown } };
    expect(proc.owned).toBeNull();
    expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });

  it('is refused in the arguments of a start, which leaves nothing behind', async () => {
    const before = world.alive;
    await expect(Keeper.start({ list: f } as never)).rejects.toEqual(notSendable);
    await expect(Keeper.start({ list: f } as never, { timeoutMs: 50 })).rejects.toEqual(notSendable);
    expect(world.alive).toBe(before);
    expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });

  it('in a reply ends the server, and the caller hears why', async () => {
    const keeper = await Keeper.start();
    const end = world.ended(keeper);
    await expect(keeper.call('leak')).rejects.toMatchObject({ code: 'exit', reason: notSendable });
    expect(await end).toEqual(notSendable);
  });

  it('in a later reply fails whoever gives it, and the caller hears why', async () => {
    const keeper = await Keeper.start();
    await expect(keeper.call('later')).rejects.toMatchObject({ code: 'exit', reason: notSendable });
  });
});

describe('supervisors with strict messages', () => {
  class Tree extends Supervisor {
    override init() {
      return supervise({ children: [{ start: Keeper, id: 'first', args: { list: [1] } }] });
    }
  }
  class Keepers extends DynamicSupervisor<Keeper> {}

  it('start the children of their spec', async () => {
    const tree = await Tree.start();
    expect(await Tree.countChildren(tree)).toMatchObject({ active: 1 });
  });

  it('survive a child whose arguments cannot be sent', async () => {
    const keepers = await Keepers.start();
    await expect(Keepers.startChild(keepers, { start: Keeper, args: { list: f } as never })).rejects.toBeInstanceOf(Error);
    expect(await Keepers.countChildren(keepers)).toMatchObject({ specs: 0 });
  });

  it('start children by request', async () => {
    const tree = await Tree.start();
    const keepers = await Keepers.start();
    const second = (await Supervisor.startChild(tree, { start: Keeper, id: 'second', args: { list: [1, 2] } })) as Ref<Keeper>;
    expect(await second.call('size')).toBe(2);
    const third = await Keepers.startChild(keepers, { start: Keeper, args: { list: [] } });
    expect(await third.call('size')).toBe(0);
    expect(await Supervisor.getChildSpec(tree, 'second')).toMatchObject({ id: 'second', start: Keeper });
  });
});

describe('a From', () => {
  class Desk extends GenServer {
    ask(clerk: Pid) {
      const from = this.from<string>();
      clerk.send(from);
      return noreply(from);
    }
  }

  it('can be sent to another process, which answers', async () => {
    const desk = await Desk.start();
    const clerk = new Probe();
    const answer = desk.call('ask', clerk.pid);
    const from = await clerk.next<From<string>>();
    await clerk.do(() => from.reply('done'));
    expect(await answer).toBe('done');
  });
});

describe('what only its own thread knows', () => {
  it('is refused, with what it is: monitors, timers', async () => {
    const [a, b] = [new Probe(), new Probe()];
    for (const make of [
      (context: Context<unknown>) => context.monitor(b.pid),
      (context: Context<unknown>) => context.sendAfter(1000, 'tick'),
    ]) {
      await expect(a.do((context) => b.pid.send({ it: make(context) }))).rejects.toThrow(
        /message\.it is a monitor or timer, which only its own thread knows/,
      );
    }
  });
});

describe('plain processes with strict messages', () => {
  it('are made of functions, which are not sent', async () => {
    const seen: string[] = [];
    const pid = spawn(() => void seen.push('body'));
    await world.ended(pid);
    expect(seen).toEqual(['body']);
  });
});

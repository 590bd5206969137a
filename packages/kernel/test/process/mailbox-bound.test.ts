import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  DynamicSupervisor,
  GenServer,
  type MailboxAlarm,
  processInfo,
  type Ref,
  Supervisor,
  spawn,
  supervise,
  sys,
} from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

type Policy = 'crash' | 'dropNewest' | 'dropOldest' | 'reject';

class Slow extends GenServer<{ info: unknown }> {
  readonly #seen: unknown[] = [];
  readonly #gate: Promise<void>;
  static open = (): void => {};
  constructor() {
    super();
    this.#gate = new Promise((resolve) => (Slow.open = resolve));
  }
  override init(): void {
    this.trapExit(true);
  }
  wait(): Promise<void> {
    return this.#gate;
  }
  note(what: unknown): void {
    this.#seen.push(what);
  }
  seen(): unknown[] {
    return this.#seen;
  }
  override handleInfo(message: unknown): void {
    this.#seen.push(typeof message === 'object' ? (message as { type: string }).type : message);
  }
}

class Pusher extends Slow {
  push(to: Ref<Slow>): void {
    to.send(4);
    to.send(5);
  }
}

/** A server that is busy until `Slow.open()`, with a mailbox of three. */
async function bounded(policy: Policy): Promise<Ref<Slow>> {
  const ref = await Slow.start(undefined, { mailbox: { max: 3, policy } });
  ref.cast('wait');
  await world.quiet();
  return ref;
}

async function seen(ref: Ref<Slow>): Promise<unknown[]> {
  Slow.open();
  await world.quiet();
  return ref.call('seen');
}

describe('a bounded mailbox', () => {
  it.each<[Policy, unknown[]]>([
    ['dropNewest', [1, 2, 3]],
    ['reject', [1, 2, 3]],
    ['dropOldest', [3, 4, 5]],
  ])('with %s keeps some of the messages that are too many', async (policy, kept) => {
    const ref = await bounded(policy);
    for (let i = 1; i <= 5; i++) ref.send(i);
    expect(await seen(ref)).toEqual(kept);
  });

  it('with crash ends the process', async () => {
    const ref = await bounded('crash');
    const end = world.ended(ref);
    for (let i = 1; i <= 4; i++) ref.send(i);
    expect(await end).toEqual({ mailbox_overflow: 3 });
  });

  it.each<Policy>(['dropNewest', 'reject', 'crash'])('with %s fails a call that is too many', async (policy) => {
    const ref = await bounded(policy);
    for (let i = 1; i <= 3; i++) ref.send(i);
    await expect(ref.call('seen')).rejects.toMatchObject({ code: 'exit', reason: { mailbox_overflow: 3 } });
  });

  it('with reject tells the sender of each message and cast, and of no call', async () => {
    const ref = await bounded('reject');
    const sender = new Probe();
    await sender.do((context) => {
      for (let i = 1; i <= 4; i++) ref.send(i);
      context.cast(ref, 'note', 'x');
      void context.call(ref, 'seen').catch(() => {});
    });
    expect(await sender.mail()).toEqual([
      expect.objectContaining({ type: 'rejected', pid: ref, message: { type: 'info', message: 4 } }),
      expect.objectContaining({ type: 'rejected', pid: ref, message: { type: 'cast', name: 'note', args: ['x'] } }),
    ]);
    ref.send('from nobody');
    expect(processInfo(ref)).toMatchObject({ mailbox: { dropped: 4 } });
    expect(await seen(ref)).toEqual([1, 2, 3]);
  });

  it('with reject tells a server by handleInfo, however full its own mailbox is', async () => {
    const ref = await bounded('reject');
    for (let i = 1; i <= 3; i++) ref.send(i);
    const sender = await Pusher.start(undefined, { mailbox: { max: 1, policy: 'reject' } });
    await sender.call('push', ref);
    expect(await sender.call('seen')).toEqual(['rejected', 'rejected']);
  });

  it('with dropNewest tells nobody', async () => {
    const ref = await bounded('dropNewest');
    const sender = new Probe();
    await sender.do(() => {
      for (let i = 1; i <= 5; i++) ref.send(i);
    });
    expect(await sender.mail()).toEqual([]);
  });

  it('counts casts', async () => {
    const ref = await bounded('dropNewest');
    for (let i = 1; i <= 5; i++) ref.cast('note', i);
    expect(await seen(ref)).toEqual([1, 2, 3]);
  });

  it('with dropOldest fails the call that it drops', async () => {
    const ref = await bounded('dropOldest');
    const dropped = expect(ref.call('seen')).rejects.toMatchObject({ code: 'exit', reason: { mailbox_overflow: 3 } });
    for (let i = 1; i <= 3; i++) ref.send(i);
    await dropped;
  });

  it.each<Policy>(['dropNewest', 'reject', 'crash', 'dropOldest'])('with %s never refuses or drops EXITs and DOWNs', async (policy) => {
    const ref = await bounded(policy);
    const other = new Probe();
    await other.do((context) => context.link(ref));
    other.tell(() => {
      throw new Error('boom');
    });
    await world.ended(other.pid);
    for (let i = 1; i <= 2; i++) ref.send(i);
    const late = new Probe();
    await late.do((context) => context.link(ref));
    late.tell(() => {
      throw new Error('boom');
    });
    await world.ended(late.pid);
    if (policy !== 'crash') for (let i = 3; i <= 4; i++) ref.send(i);
    expect((await seen(ref)).filter((what) => what === 'EXIT')).toEqual(['EXIT', 'EXIT']);
  });

  it.each<Policy>(['dropNewest', 'reject', 'crash', 'dropOldest'])('with %s never refuses sys and stop', async (policy) => {
    const ref = await bounded(policy);
    for (let i = 1; i <= 3; i++) ref.send(i);
    const status = sys.getStatus(ref);
    const end = world.ended(ref);
    const stopped = Slow.stop(ref, 'normal');
    Slow.open();
    expect((await status).behaviour).toBe('Slow');
    await stopped;
    expect(await end).toBe('normal');
  });

  it('counts what it drops, and tells of the first', async () => {
    const alarms: MailboxAlarm[] = [];
    const listener = (report: unknown): void => void alarms.push(report as MailboxAlarm);
    subscribe('rekindle.mailbox_alarm', listener);
    const ref = await bounded('dropNewest');
    for (let i = 1; i <= 5; i++) ref.send(i);
    unsubscribe('rekindle.mailbox_alarm', listener);
    expect(alarms).toEqual([{ pid: ref, behaviour: 'Slow', name: undefined, mailboxLength: 3, threshold: 3 }]);
    expect(processInfo(ref)).toMatchObject({ mailboxLength: 3, mailbox: { max: 3, policy: 'dropNewest', dropped: 2 } });
    expect(world.kernel.droppedMessages).toBe(2);
  });

  it('is an option of child specs and plain processes', async () => {
    class Top extends Supervisor {
      override init() {
        return supervise({ children: [{ start: Slow, name: 'slow', mailbox: { max: 7, policy: 'reject' } }] });
      }
    }
    await Top.start();
    expect(processInfo(Slow.whereis('slow') as Ref<Slow>)?.mailbox).toEqual({ max: 7, policy: 'reject', dropped: 0 });
    class Slows extends DynamicSupervisor<Slow> {}
    const slows = await Slows.start();
    const child = await Slows.startChild(slows, { start: Slow, mailbox: { max: 2, policy: 'crash' } });
    expect(processInfo(child)?.mailbox).toEqual({ max: 2, policy: 'crash', dropped: 0 });
    const pid = spawn(async ({ receive }) => void (await receive()), { mailbox: { max: 1, policy: 'dropOldest' } });
    expect(processInfo(pid)?.mailbox).toEqual({ max: 1, policy: 'dropOldest', dropped: 0 });
  });

  it.each([
    [{ max: 0, policy: 'crash' }, 'mailbox.max: expected an integer from 1, got 0'],
    [{ max: 1, policy: 'drop' }, "mailbox.policy: expected 'crash', 'dropNewest', 'dropOldest', 'reject', got drop"],
  ])('refuses %j', async (mailbox, message) => {
    expect(() => Slow.start(undefined, { mailbox: mailbox as never })).toThrow(message);
    expect(() => spawn(() => {}, { mailbox: mailbox as never })).toThrow(message);
    class Top extends Supervisor {
      override init() {
        return supervise({ children: [{ start: Slow, mailbox: mailbox as never }] });
      }
    }
    await expect(Top.start()).rejects.toMatchObject({ code: 'init_failed', reason: { code: 'bad_child_spec', message } });
  });
});

describe('the mailbox alarm', () => {
  it('is raised once when the limit is passed, and again after the mailbox was empty', async () => {
    await world.open({ mailboxAlarm: 100 });
    const alarms: MailboxAlarm[] = [];
    const listener = (report: unknown): void => void alarms.push(report as MailboxAlarm);
    subscribe('rekindle.mailbox_alarm', listener);
    const ref = await Slow.start();
    ref.cast('wait');
    await world.quiet();
    for (let i = 1; i <= 100; i++) ref.send(i);
    expect(alarms).toEqual([]);
    for (let i = 1; i <= 100; i++) ref.send(i);
    expect(alarms).toEqual([{ pid: ref, behaviour: 'Slow', name: undefined, mailboxLength: 101, threshold: 100 }]);
    Slow.open();
    await world.quiet();
    ref.cast('wait');
    await world.quiet();
    for (let i = 1; i <= 101; i++) ref.send(i);
    expect(alarms).toHaveLength(2);
    unsubscribe('rekindle.mailbox_alarm', listener);
  });

  it('also counts what a selective receive leaves', async () => {
    await world.open({ mailboxAlarm: 10 });
    const alarms: MailboxAlarm[] = [];
    const listener = (report: unknown): void => void alarms.push(report as MailboxAlarm);
    subscribe('rekindle.mailbox_alarm', listener);
    const pid = spawn<{ type: 'wanted' } | { type: 'other' }>(async ({ receive }) => void (await receive('wanted')));
    await world.quiet();
    for (let i = 0; i < 11; i++) {
      pid.send({ type: 'other' });
      await world.quiet();
    }
    unsubscribe('rekindle.mailbox_alarm', listener);
    expect(alarms.map(({ behaviour, mailboxLength }) => [behaviour, mailboxLength])).toEqual([['process', 11]]);
  });
});

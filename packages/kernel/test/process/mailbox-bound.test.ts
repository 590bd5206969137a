import { GenServer, type Ref } from '@rekindle/kernel';
import { flags, type ProcessId } from '@rekindle/kernel/internal';
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

/** A server that is busy until `Slow.open()`, with a mailbox of three. */
async function bounded(policy: Policy): Promise<Ref<Slow>> {
  const ref = await Slow.start();
  const { proc } = ref as unknown as ProcessId;
  proc.more().bound = { max: 3, policy };
  proc.flags |= flags.SLOW;
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
});

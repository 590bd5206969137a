import type { Ref } from '@rekindle/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { HeapWatch } from '../dist/heap-watch.js';
import type { Hand } from './fixtures/hand.mjs';
import { HandsNode, on } from './support/hands.js';

describe('recycling a scheduler', () => {
  let node: HandsNode;
  beforeEach(async () => {
    node = new HandsNode({ recycleTimeoutMs: 2_000, resourceLimits: { maxOldGenerationSizeMb: 80 } });
    await node.threads.start();
  });
  afterEach(() => node.stop());

  const died = (): Promise<void> => node.until(() => node.downs.length === 1 && node.threads.running.length === 2);

  /** Where `terminate` leaves its mark; `slow`: it never comes back. */
  async function leaveMark(hand: Ref<Hand>, slow = false): Promise<Int32Array> {
    const mark = new Int32Array(new SharedArrayBuffer(4));
    await on(
      hand,
      (self, _modules, mark, slow) => {
        self.last = (reason) => {
          Atomics.store(mark, 0, reason === 'shutdown' ? 1 : 2);
          return slow ? new Promise(() => {}) : undefined;
        };
      },
      mark,
      slow,
    );
    return mark;
  }

  it('runs terminate of processes that trap exits, and others hear noconnection and nothing else', async () => {
    const [trapping, plain, other] = await Promise.all([node.hand(0, { trapExit: true }), node.hand(0), node.hand(1, { trapExit: true })]);
    const [ran, notRun] = [await leaveMark(trapping), await leaveMark(plain)];
    await on(other, (self, _modules, pid) => self.link(pid), trapping);
    const probe = new Probe({ trapExit: true });
    await probe.do((context) => [context.link(plain), context.monitor(trapping)]);
    await on(
      trapping,
      (self, _modules, to) => {
        const before = self.last;
        self.last = (reason) => {
          before?.(reason);
          self.send(to, 'farewell');
        };
      },
      other,
    );
    node.threads.recycle(trapping.thread);
    await died();
    expect(node.downs).toEqual([{ thread: trapping.thread, reason: 'recycled', detail: undefined }]);
    expect([Atomics.load(ran, 0), Atomics.load(notRun, 0)]).toEqual([1, 0]);
    expect(await other.call('collect', 2)).toEqual(['farewell', { type: 'EXIT', pid: trapping, reason: 'noconnection' }]);
    const heard = [await probe.next(), await probe.next()];
    expect(heard).toEqual(
      expect.arrayContaining([
        { type: 'EXIT', pid: plain, reason: 'noconnection' },
        expect.objectContaining({ type: 'DOWN', pid: trapping, reason: 'noconnection' }),
      ]),
    );
    expect(await probe.mail()).toEqual([]);
  });

  it('loses nothing that its processes have said to one that was busy meanwhile', async () => {
    const [leaving, busy] = [await node.hand(0, { trapExit: true }), await node.hand(1, { trapExit: true })];
    await on(
      leaving,
      (self, _modules, to) => {
        self.link(to);
        self.last = () => self.send(to, 'farewell');
      },
      busy,
    );
    const [free] = [new Int32Array(new SharedArrayBuffer(4))];
    // It does not look at what has come until both the words and the news of the end are there.
    const busyUntilFree = on(busy, (_self, _modules, free) => void Atomics.wait(free, 0, 0), free);
    node.threads.recycle(leaving.thread);
    await died();
    Atomics.store(free, 0, 1);
    Atomics.notify(free, 0);
    await busyUntilFree;
    expect(await busy.call('collect', 2)).toEqual(['farewell', { type: 'EXIT', pid: leaving, reason: 'noconnection' }]);
  });

  it('starts nothing there any more, and does not wait for ever', async () => {
    const slow = await node.hand(0, { trapExit: true });
    const other = await node.hand(1);
    const mark = await leaveMark(slow, true);
    node.threads.recycle(slow.thread);
    node.threads.recycle(slow.thread);
    const placed = await Promise.all([0, 1, 2, 3].map(() => node.hand('spread')));
    const [own] = await Promise.all([
      on(other, async (self, { internal }) => (await self.start(internal.classByName('Hand'), {}, { thread: 'spread' })).thread),
    ]);
    expect([...placed.map(({ thread }) => thread), own]).not.toContain(slow.thread);
    await died();
    expect(Atomics.load(mark, 0)).toBe(1);
    expect(node.downs.length).toBe(1);
  });

  it('happens when the heap is nearly full, before V8 gives up', async () => {
    const leaking = await node.hand(0, { trapExit: true });
    const mark = await leaveMark(leaking);
    await on(leaking, () => {
      // A list, not an array: an array that grows is copied, which V8 may not survive near the limit.
      let kept: unknown = null;
      setInterval(() => {
        for (let i = 0; i < 2_000; i++) kept = { n: i, kept };
      }, 5);
    });
    await died();
    expect(node.downs[0]).toMatchObject({
      thread: leaking.thread,
      reason: 'recycled',
      detail: expect.stringMatching(/^\d+ of \d+ MiB of its heap were in use$/),
    });
    expect(Atomics.load(mark, 0)).toBe(1);
  });
});

describe('HeapWatch', () => {
  it('collects first, rests when that helped, and tells once', () => {
    let used = 90;
    let live = 10;
    const log: unknown[] = [];
    const watch = new HeapWatch((use) => log.push(use), {
      use: () => ({ usedBytes: used, limitBytes: 100 }),
      collect: () => {
        log.push('collected');
        used = live;
      },
    });
    watch.check(0);
    expect(log).toEqual(['collected']);
    [used, live] = [90, 86];
    watch.check(4_999);
    expect(log.length).toBe(1);
    live = 80;
    used = 93;
    watch.check(4_999);
    expect(log).toEqual(['collected', 'collected']);
    [used, live] = [90, 86];
    watch.check(9_998);
    expect(log.length).toBe(2);
    log.length = 1;
    watch.check(9_999);
    watch.check(20_000);
    expect(log).toEqual(['collected', 'collected', { usedBytes: 86, limitBytes: 100 }]);
  });

  it('leaves a heap alone that is not full', () => {
    const watch = new HeapWatch(() => expect.unreachable(), {
      use: () => ({ usedBytes: 85, limitBytes: 100 }),
      collect: () => expect.unreachable(),
    });
    watch.check(0);
    expect.assertions(0);
  });
});

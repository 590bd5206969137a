import type { Ref } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Hand } from './fixtures/hand.mjs';
import { on, useHands } from './support/hands.js';

const KIB = 'x'.repeat(1024);
const STOPPED = 0;
const SENT = 1;

/** Stops the whole thread until `release`; nothing is read there meanwhile. Resolves when it stands still. */
async function stopThread(hand: Ref<Hand>): Promise<() => void> {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  void on(
    hand,
    (_self, _modules, flags) => {
      Atomics.store(flags, 1, 1);
      Atomics.notify(flags, 1);
      Atomics.wait(flags, 0, 0);
    },
    flags,
  ).catch(() => {});
  const standing = Atomics.waitAsync(flags, 1, 0);
  if (standing.async) await standing.value;
  return () => {
    Atomics.store(flags, STOPPED, 1);
    Atomics.notify(flags, STOPPED);
  };
}

describe('a process that sends more than another thread reads', () => {
  const hands = useHands();
  let sender: Ref<Hand>;
  let receiver: Ref<Hand>;
  beforeEach(async () => {
    [sender, receiver] = (await Promise.all([hands.node.hand(0), hands.node.hand(1)])) as [Ref<Hand>, Ref<Hand>];
  });

  it('gets no further message until half of it is read, and nothing is lost or out of order', async () => {
    const release = await stopThread(receiver);
    const counts = new Int32Array(new SharedArrayBuffer(8));
    // Sends 256 KiB for each message it gets.
    await on(
      sender,
      (self, _modules, to, text, counts) => {
        let n = 0;
        self.handleInfo = (message: unknown) => {
          if (message !== 'go') return;
          for (let i = 0; i < 256; i++) self.send(to, [n++, text]);
          Atomics.add(counts, 1, 1);
        };
      },
      receiver,
      KIB,
      counts,
    );
    for (let i = 0; i < 100; i++) sender.send('go');
    // Another process of its thread is not held, and sees how far it has come.
    const other = await hands.node.hand(0);
    const held = await on(
      other,
      async (_self, _modules, counts) => {
        let before = -1;
        for (let same = 0; same < 20; ) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          const now = Atomics.load(counts, 1);
          same = now === before && now > 0 ? same + 1 : 0;
          before = now;
        }
        return before;
      },
      counts,
    );
    // 8 MiB and what the ring takes, in messages of 256 KiB.
    expect(held).toBeGreaterThanOrEqual(32);
    expect(held).toBeLessThanOrEqual(36);
    release();
    const mail = (await receiver.within(60_000).call('collect', 100 * 256)) as [number, string][];
    expect(mail.map(([n]) => n)).toEqual(Array.from({ length: 25_600 }, (_, n) => n));
    expect(Atomics.load(counts, SENT)).toBe(100);
  });

  it('can be killed while it is held', async () => {
    const release = await stopThread(receiver);
    await on(
      sender,
      (self, _modules, to, text) => {
        for (let i = 0; i < 10_000; i++) self.send(to, text);
      },
      receiver,
      KIB,
    );
    const waiting = sender.call('collect', 1);
    const other = await hands.node.hand(0);
    await on(other, (self, _modules, who) => self.exit(who, 'kill'), sender);
    await expect(waiting).rejects.toMatchObject({ code: 'exit', reason: 'killed' });
    release();
    expect(((await receiver.within(60_000).call('collect', 10_000)) as string[]).length).toBe(10_000);
  });

  it('is held as an async process at its next receive, and as a generator', async () => {
    const release = await stopThread(receiver);
    const got = await on(
      sender,
      async (_self, { kernel }, to, text) => {
        const got: string[] = [];
        const flood = (): void => {
          for (let i = 0; i < 9 * 1024; i++) to.send(text as never);
        };
        const bodies = [
          kernel.spawn(async (context) => {
            flood();
            got.push(`async ${String(await context.receive())}`);
          }),
          kernel.spawn(function* (context) {
            flood();
            got.push(`generator ${String(yield* context.receive())}`);
          }),
        ];
        await new Promise((resolve) => setImmediate(resolve));
        for (const pid of bodies) pid.send('mail');
        // Whoever is not held has its mail by then.
        for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
        const before = [...got];
        (globalThis as unknown as { later: unknown }).later = async (): Promise<unknown> => {
          while (got.length < 2) await new Promise((resolve) => setImmediate(resolve));
          return [before, got.sort()];
        };
      },
      receiver,
      KIB,
    ).then(() => {
      release();
      return on(sender, () => (globalThis as unknown as { later: () => Promise<[string[], string[]]> }).later());
    });
    expect(got).toEqual([[], ['async mail', 'generator mail']]);
    await receiver.within(60_000).call('collect', 18 * 1024);
  });
});

describe('a thread that leaves more than 64 MiB unread', () => {
  const hands = useHands();

  it('counts as stuck', async () => {
    const { node } = hands;
    const [sender, receiver] = await Promise.all([node.hand(0), node.hand(1)]);
    await stopThread(receiver);
    await on(
      sender,
      async (_self, _modules, to) => {
        const text = 'x'.repeat(1 << 20);
        // Outside of any process: nobody is held.
        setTimeout(async () => {
          for (let i = 0; i < 200; i++) {
            to.send(text as never);
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
        });
      },
      receiver,
    );
    await node.until(() => node.downs.length === 1);
    expect(node.downs[0]).toMatchObject({ thread: receiver.thread, reason: 'stuck' });
    expect(await on(sender, (self) => self.self.thread)).toBe(sender.thread);
  });
});

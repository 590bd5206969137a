import { isWebhookSecret, retryAfterMs, WebhookQueue } from '@rekindle/server/internal';
import { describe, expect, it } from 'vitest';

const NEVER = (): void => {};

function queueOf(maxQueued: number, maxAgeMs = 1000) {
  let ids = 0;
  let dropped = 0;
  const queue = new WebhookQueue(
    maxQueued,
    maxAgeMs,
    () => `${++ids}`,
    (count) => {
      dropped += count;
    },
  );
  const add = (at: number) => queue.add({ type: 'occupied', topic: `t${at}`, at });
  const next = (now: number) => {
    const batch = queue.next(now, NEVER);
    return batch === null ? null : [batch.id, batch.dropped, ...batch.events.map(({ at }) => at)];
  };
  return { queue, add, next, dropped: () => dropped };
}

describe('the queue of a webhook', () => {
  it('gives the same batch until it is delivered, with what came meanwhile in the next', () => {
    const { queue, add, next } = queueOf(10);
    for (const at of [1, 2]) add(at);
    expect(next(2)).toEqual(['1', 0, 1, 2]);
    add(3);
    expect(next(3)).toEqual(['1', 0, 1, 2]);
    queue.delivered();
    expect(next(3)).toEqual(['2', 0, 3]);
    queue.delivered();
    expect(next(3)).toBe(null);
  });

  it('puts at most 100 into a batch', () => {
    const { add, next, queue } = queueOf(1000);
    for (let at = 1; at <= 101; at++) add(at);
    expect(next(0)).toHaveLength(2 + 100);
    queue.delivered();
    expect(next(0)).toEqual(['2', 0, 101]);
  });

  it('holds no more than its bound: the oldest that are not under way make room', () => {
    const { queue, add, next, dropped } = queueOf(3);
    add(1);
    expect(next(1)).toEqual(['1', 0, 1]);
    for (const at of [2, 3, 4, 5]) add(at);
    expect([queue.size, dropped()]).toEqual([3, 2]);
    queue.delivered();
    expect(next(5)).toEqual(['2', 2, 4, 5]);
  });

  it('gives up what is too old, also when it is under way', () => {
    const { add, next, dropped } = queueOf(10, 100);
    add(0);
    expect(next(0)).toEqual(['1', 0, 0]);
    add(50);
    add(150);
    expect(next(100)).toEqual(['1', 0, 0]);
    expect(next(200)).toEqual(['2', 2, 150]);
    expect(dropped()).toBe(2);
  });

  it('calls once when something comes, and says when nothing is left', async () => {
    const { queue, add, next } = queueOf(10);
    let filled = 0;
    expect(queue.next(0, () => filled++)).toBe(null);
    await queue.whenEmpty();
    add(1);
    add(2);
    expect(filled).toBe(1);
    let empty = false;
    const emptied = queue.whenEmpty().then(() => {
      empty = true;
    });
    next(2);
    await Promise.resolve();
    expect(empty).toBe(false);
    queue.delivered();
    next(2);
    await emptied;
    expect(empty).toBe(true);
  });
});

describe('retries', () => {
  it('wait twice as long each time, up to a minute, and half of it at random', () => {
    expect([1, 2, 3, 8, 20, 2000].map((failures) => retryAfterMs(failures, 1))).toEqual([500, 1000, 2000, 60_000, 60_000, 60_000]);
    expect(retryAfterMs(2, 0)).toBe(500);
  });
});

describe('a secret', () => {
  it.each<[string, boolean]>([
    [`whsec_${Buffer.alloc(24).toString('base64')}`, true],
    [`whsec_${Buffer.alloc(64).toString('base64')}`, true],
    [`whsec_${Buffer.alloc(23).toString('base64')}`, false],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, false],
    [Buffer.alloc(32).toString('base64'), false],
    ['whsec_', false],
    [`whsec_${'?'.repeat(40)}`, false],
  ])('%s: %s', (secret, fits) => {
    expect(isWebhookSecret(secret)).toBe(fits);
  });
});

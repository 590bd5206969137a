import { spawn } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';
import { World } from '../support/world.js';

/** A burst of messages with these tags, or a receive of one with one of these tags (none: any), now or not at all. */
type Op = { readonly send: readonly number[] } | { readonly take: readonly number[] };
type Message = { readonly type: string; readonly n: number };

const tag = fc.nat({ max: 3 });
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ send: fc.array(tag, { maxLength: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ take: fc.uniqueArray(tag, { maxLength: 2 }) }) },
);

describe.each(['async', 'generator'] as const)('the mailbox of a body that is %s', (kind) => {
  it('gives messages to selective receives as a list would', async () => {
    await check(150, fc.array(op, { maxLength: 40 }), async (ops) => {
      const world = new World();
      await world.open();
      try {
        const got: (Message | undefined)[] = [];
        const orders: string[][] = [];
        let next = (): void => {};
        const ordered = (): Promise<void> => new Promise((resolve) => (next = resolve));
        const pid =
          kind === 'async'
            ? spawn<Message>(async (context) => {
                for (;;) {
                  await ordered();
                  for (const tags of orders.splice(0)) got.push(await context.after(0).receive(...tags));
                }
              })
            : spawn<Message>(function* (context) {
                for (;;) {
                  yield ordered();
                  for (const tags of orders.splice(0)) got.push(yield* context.after(0).receive(...tags));
                }
              });
        await world.quiet();
        const list: Message[] = [];
        const expected: (Message | undefined)[] = [];
        let n = 0;
        for (const op of ops) {
          if ('send' in op) {
            for (const tag of op.send) {
              const message = { type: String(tag), n: n++ };
              pid.send(message);
              list.push(message);
            }
            continue;
          }
          const tags = op.take.map(String);
          const at = list.findIndex(({ type }) => tags.length === 0 || tags.includes(type));
          expected.push(at < 0 ? undefined : list.splice(at, 1)[0]);
          orders.push(tags);
          next();
          await world.quiet();
        }
        expect(got).toEqual(expected);
      } finally {
        world.close();
      }
    });
  });
});

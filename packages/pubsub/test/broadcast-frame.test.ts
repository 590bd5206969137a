import { Codec, Kernel } from '@rekindle/kernel/internal';
import { decodeBroadcast, encodeBroadcast, originOf, Parts, partOf, splitBroadcast } from '@rekindle/pubsub/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../kernel/test/support/property.js';

const codec = new Codec(new Kernel({ node: 'here', incarnation: 1, thread: 0 }), 'nodes');

const origin = fc.record({
  // Few, and alike, so that one is taken for another if that is possible.
  node: fc.constantFrom('a', 'b', 'node-1', 'node-2', 'x'.repeat(200)),
  incarnation: fc.constantFrom(0, 1, 2, 1_763_776_800_000, 1_763_776_800_001, 2 ** 53 - 1),
});
const short = fc.oneof(
  fc.constantFrom('room:1', 'room:2', 'room:10', 'room:01', 'ab', 'ba', ''),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
);
const text = fc.oneof(
  short,
  // Around what lies beside others in memory, and what has its own.
  fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.constantFrom('x', 'é', '人', '😀')).map(([n, unit]) => unit.repeat(n)),
);
/** msgpackr writes it as 0. */
const withoutMinusZero = (n: number): number => (n === 0 ? 0 : n);
const content = fc.oneof(
  fc.record({
    kind: fc.constant('term' as const),
    term: fc.oneof(text, fc.record({ n: fc.integer(), text }), fc.array(fc.double().map(withoutMinusZero))),
  }),
  fc.record({ kind: fc.constant('event' as const), event: short, payload: text }),
  fc.record({ kind: fc.constant('event' as const), event: short, payload: text, id: short }),
  fc.record({ kind: fc.constant('event' as const), event: short, payload: fc.uint8Array({ maxLength: 10_000 }) }),
);
const message = fc.record({ origin, topic: short, content });

describe('frames of broadcasts', () => {
  it('hold what was published, each for itself, however many are made after them', async () => {
    await check(200, fc.array(message, { maxLength: 40, size: 'max' }), async (messages) => {
      const frames = messages.map(({ origin, topic, content }) => encodeBroadcast(origin, topic, content, codec));
      frames.forEach((frame, i) => {
        const { origin, topic, content } = messages[i] as (typeof messages)[number];
        expect(originOf(frame)).toEqual(origin);
        expect(partOf(frame)).toBeUndefined();
        expect(decodeBroadcast(frame, codec)).toEqual({ topic, content });
      });
    });
  });

  it('come in parts where they are too large, and are put together again', async () => {
    const large = fc.record({ origin, topic: short, content, maxBytes: fc.integer({ min: 300, max: 4000 }), number: fc.nat() });
    await check(100, large, async ({ origin, topic, content, maxBytes, number }) => {
      const frame = encodeBroadcast(origin, topic, content, codec);
      const parts = new Parts(2 ** 20);
      const whole = splitBroadcast(origin, frame, number, maxBytes).flatMap((part) => {
        expect(part.length).toBeLessThanOrEqual(maxBytes);
        expect(originOf(part)).toEqual(origin);
        const taken = partOf(part);
        return taken === undefined ? [] : (parts.add(origin, taken) ?? []);
      });
      expect(whole.map((one) => decodeBroadcast(one, codec))).toEqual([{ topic, content }]);
    });
  });

  it('are refused when bytes are missing, and have no origin when there is no head', async () => {
    await check(200, fc.tuple(message, fc.nat()), async ([{ origin, topic, content }, at]) => {
      const frame = encodeBroadcast(origin, topic, content, codec);
      const cut = frame.subarray(0, at % frame.length);
      const head = 12 + origin.node.length;
      expect(originOf(cut)).toEqual(cut.length < head ? undefined : origin);
      if (cut.length < head + 2) return;
      let came: unknown;
      try {
        came = decodeBroadcast(cut, codec);
      } catch {
        return;
      }
      // Text and bytes have no length of their own: less of them is another message.
      expect(came).toMatchObject({ topic, content: { kind: content.kind } });
    });
  });
});

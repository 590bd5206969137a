import { once } from 'node:events';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../../kernel/test/support/property.js';
import { NodeOutbox } from '../../dist/adapters/node-outbox.js';
import { Train } from '../../dist/adapters/train.js';
import { webSocketFrame } from '../../dist/adapters/websocket-frame.js';

interface Receiving extends NodeJS.WritableStream {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this;
}
const { Receiver } = createRequire(import.meta.url)('ws') as { Receiver: new (options: { isServer: boolean }) => Receiving };

/** Of all the lengths that a frame writes in another way. */
const length = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 65_500, max: 65_600 }), fc.constantFrom(0, 125, 126, 65_535, 65_536));
const text = fc.tuple(length, fc.constantFrom('x', 'é', '人', '😀')).map(([n, unit]) => unit.repeat(n));
const message = fc.oneof(
  text,
  length.map((n) => Uint8Array.from({ length: n }, (_, i) => i)),
);

describe('a frame', () => {
  it('is what ws reads as the message', async () => {
    await check(40, fc.array(message, { maxLength: 12 }), async (messages) => {
      const receiver = new Receiver({ isServer: false });
      const read: (string | Uint8Array)[] = [];
      receiver.on('message', (data, isBinary) => read.push(isBinary ? Uint8Array.from(data) : data.toString('utf8')));
      receiver.end(Buffer.concat(messages.map(webSocketFrame)));
      await once(receiver, 'finish');
      expect(read).toEqual(messages);
    });
  });
});

describe('trains', () => {
  it('hold each socket’s frames in the order sent, and are the same for sockets that were sent the same', async () => {
    const step = fc.record({ sockets: fc.uniqueArray(fc.nat({ max: 5 }), { minLength: 1 }), frame: fc.nat({ max: 3 }) });
    await check(200, fc.array(step, { maxLength: 40 }), async (steps) => {
      const frames = ['one', 'two', 'two', ''].map((text) => Buffer.from(text));
      const start = new Train();
      const trains = new Map<number, Train>();
      const sent = new Map<number, number[]>();
      for (const { sockets, frame } of steps) {
        for (const socket of sockets) {
          trains.set(socket, (trains.get(socket) ?? start).with(frames[frame] as Buffer));
          sent.set(socket, [...(sent.get(socket) ?? []), frame]);
        }
      }
      for (const [socket, train] of trains) {
        const expected = Buffer.concat((sent.get(socket) ?? []).map((frame) => frames[frame] as Buffer));
        expect(train.bytes).toBe(expected.length);
        expect(train.whole).toEqual(expected);
      }
    });
    const start = new Train();
    const [a, b] = [Buffer.from('a'), Buffer.from('b')];
    const subscribers = Array.from({ length: 3 }, () => start);
    const after = [a, b].reduce((trains, frame) => trains.map((train) => train.with(frame)), subscribers);
    expect(new Set(after.map(({ whole }) => whole)).size).toBe(1);
  });
});

describe('an outbox', () => {
  it('flushes each socket once a round, those that have come while it flushed in the next one', async () => {
    const outbox = new NodeOutbox();
    const log: string[] = [];
    const first = { flush: () => void log.push('first') };
    const second = {
      flush: () => {
        log.push('second');
        outbox.add(first);
      },
    };
    const { start } = outbox;
    outbox.add(second);
    outbox.add(first);
    expect(log).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['second', 'first']);
    expect(outbox.start).not.toBe(start);
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['second', 'first', 'first']);
  });
});

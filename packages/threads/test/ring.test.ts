import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../kernel/test/support/property.js';
import { FrameReassembly, FrameWriter } from '../dist/frames.js';
import { RING_BYTES, RingReader, RingWriter, ringMemory } from '../dist/ring.js';

/** Frames of all sizes around what a ring and a writer's first buffer hold. */
const size = fc.oneof(
  fc.nat({ max: 200 }),
  fc.integer({ min: 16_000, max: 17_000 }),
  fc.integer({ min: RING_BYTES - 100, max: RING_BYTES + 100 }),
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('write' as const), size, packed: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('push' as const) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('read' as const), share: fc.integer({ min: 1, max: RING_BYTES }) }) },
);

function payload(n: number, size: number): Buffer {
  return Buffer.alloc(size, n % 251);
}

describe('a lane’s ring', () => {
  it('hands on every frame whole and in order, however it is written, cut and read', async () => {
    await check(100, fc.array(step, { maxLength: 60 }), async (steps) => {
      const memory = ringMemory();
      const [writer, reader] = [new RingWriter(memory), new RingReader(memory)];
      const [out, frames] = [new FrameWriter(), new FrameReassembly()];
      const written: [number, Buffer][] = [];
      const got: [number, Buffer][] = [];
      const push = (): void => out.advance(writer.write(out.buffer, out.read, out.read + out.bytes));
      const read = (share: number): void => {
        frames.fill(reader, Math.min(share, reader.available));
        frames.take((kind, bytes, start, end) => got.push([kind, Buffer.from(bytes.subarray(start, end))]));
      };
      for (const step of steps) {
        if (step.op === 'push') push();
        else if (step.op === 'read') read(step.share);
        else {
          const bytes = payload(written.length, step.size);
          if (step.packed) {
            const from = Buffer.allocUnsafeSlow(step.size + 12);
            bytes.copy(from, 8);
            out.writePacked(written.length, from, 8, 8 + step.size);
          } else out.write(written.length, bytes);
          written.push([written.length, bytes]);
        }
      }
      while (out.bytes > 0 || reader.available > 0) {
        push();
        read(RING_BYTES);
      }
      // Comparing long buffers item by item takes the better part of a minute.
      expect(got.map(([kind, bytes]) => [kind, bytes.length])).toEqual(written.map(([kind, bytes]) => [kind, bytes.length]));
      expect(got.every(([, bytes], i) => bytes.equals(written[i]?.[1] as Buffer))).toBe(true);
    });
  });

  it('tells the reader once that the writer waits for room', () => {
    const memory = ringMemory();
    const [writer, reader] = [new RingWriter(memory), new RingReader(memory)];
    const bytes = Buffer.alloc(RING_BYTES + 1);
    expect(writer.write(bytes, 0, bytes.length)).toBe(RING_BYTES);
    expect(reader.takeWait()).toBe(false);
    expect(writer.wait()).toBe(true);
    reader.read(Buffer.alloc(10), 0, 10);
    expect([reader.takeWait(), reader.takeWait()]).toEqual([true, false]);
    // What was read meanwhile is seen: there is nothing to wait for.
    expect(writer.write(bytes, 0, 20)).toBe(10);
    reader.read(Buffer.alloc(5), 0, 5);
    expect(writer.wait()).toBe(false);
  });

  it('goes on after a frame that nobody understands', async () => {
    const memory = ringMemory();
    const [writer, reader] = [new RingWriter(memory), new RingReader(memory)];
    const [out, frames] = [new FrameWriter(), new FrameReassembly()];
    for (const kind of [1, 2, 3]) out.write(kind, payload(kind, 5));
    writer.write(out.buffer, out.read, out.read + out.bytes);
    frames.fill(reader, reader.available);
    const stray = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
    const got: number[] = [];
    frames.take((kind) => {
      if (kind === 2) throw new Error('what is that?');
      got.push(kind);
    });
    expect(await stray).toMatchObject({ message: 'what is that?' });
    process.setUncaughtExceptionCaptureCallback(null);
    expect(got).toEqual([1, 3]);
  });
});

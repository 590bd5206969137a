import { BatchWriter, readBatch } from '@rekindle/cluster/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

type Entry = { readonly from: number; readonly to: number; readonly bytes: number[] } | { readonly ended: number };

const thread = fc.integer({ min: 0, max: 2 ** 32 - 2 });
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ from: thread, to: thread, bytes: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 }) }),
  fc.record({ ended: thread }),
);

function write(writer: BatchWriter, entries: readonly Entry[]): void {
  for (const one of entries) {
    if ('ended' in one) writer.threadEnded(one.ended);
    else writer.signal(one.from, one.to, Uint8Array.from(one.bytes));
  }
}

function read(batch: Buffer): { entries: Entry[]; whole: boolean } {
  const entries: Entry[] = [];
  const whole = readBatch(batch, {
    signal: (from, to, bytes) => entries.push({ from, to, bytes: [...bytes] }),
    threadEnded: (ended) => entries.push({ ended }),
  });
  return { entries, whole };
}

describe('a batch', () => {
  it('comes back as it was written, batch after batch', () =>
    check(300, fc.tuple(fc.array(entry), fc.array(entry), fc.nat({ max: 20 })), async ([first, second, room]) => {
      const writer = new BatchWriter();
      for (const entries of [first, second]) {
        write(writer, entries);
        const { bytes } = writer;
        const batch = writer.take(room);
        expect(batch.length).toBe(room + bytes);
        expect(read(batch.subarray(room))).toEqual({ entries, whole: true });
        expect(writer.bytes).toBe(0);
      }
    }));

  it('that is cut short is refused, after what came before', () =>
    check(300, fc.tuple(fc.array(entry, { minLength: 1 }), fc.nat()), async ([entries, at]) => {
      const writer = new BatchWriter();
      write(writer, entries);
      const batch = writer.take(0);
      const { entries: got, whole } = read(batch.subarray(0, at % batch.length));
      expect(got).toEqual(entries.slice(0, got.length));
      // A cut between two entries cannot be seen.
      if (whole) expect(got.length).toBeLessThan(entries.length);
    }));

  it('holds large signals', () => {
    const writer = new BatchWriter();
    const bytes = Buffer.alloc(3_000_000, 7);
    writer.signal(1, 2, bytes);
    expect(writer.bytes).toBe(BatchWriter.size(bytes.length));
    const { entries, whole } = read(writer.take(0));
    expect(whole).toBe(true);
    expect((entries[0] as { bytes: number[] }).bytes.length).toBe(bytes.length);
  });
});

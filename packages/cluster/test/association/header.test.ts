import { headers, readBatch } from '@rekindle/cluster/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

const { DATA, HEADER_BYTES, HELLO, readHeader, writeHeader } = headers;
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe('the header', () => {
  it('comes back as it was written', () =>
    check(
      500,
      fc.record({ kind: fc.integer({ min: DATA, max: HELLO }), flags: u16, receiver: u16, sender: u16, seq: u32, ack: u32 }),
      async (header) => {
        const frame = Buffer.alloc(HEADER_BYTES);
        writeHeader(frame, header);
        expect(readHeader(frame)).toEqual(header);
      },
    ));

  it('of another version, kind or length is none', () => {
    const frame = Buffer.alloc(HEADER_BYTES);
    writeHeader(frame, { kind: DATA, flags: 0, receiver: 1, sender: 2, seq: 3, ack: 4 });
    expect(readHeader(frame.subarray(1))).toBeUndefined();
    for (const [at, value] of [
      [0, 0],
      [0, 2],
      [1, 0],
      [1, HELLO + 1],
    ] as const) {
      const other = Buffer.from(frame);
      other[at] = value;
      expect(readHeader(other)).toBeUndefined();
    }
  });
});

describe('a batch of random bytes', () => {
  it('is read or refused, never more', () =>
    check(2000, fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      let read = 0;
      readBatch(Buffer.from(bytes), {
        signal: (_from, _to, signal) => {
          read += signal.length;
        },
        threadEnded: () => {},
      });
      expect(read).toBeLessThanOrEqual(bytes.length);
    }));
});

import { Outgoing, WINDOW_BYTES } from '@rekindle/cluster/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

const frame = (bytes = 16): Buffer => Buffer.alloc(bytes);

function takeAll(out: Outgoing): number[] {
  const seqs: number[] = [];
  for (let next = out.take(); next !== undefined; next = out.take()) seqs.push(next.seq);
  return seqs;
}

describe('Outgoing', () => {
  it('numbers frames across the wrap and acknowledges them so', () => {
    const out = new Outgoing(0xffff_fffd);
    for (let i = 0; i < 5; i++) out.push(1, 0, frame());
    expect(takeAll(out)).toEqual([0xffff_fffe, 0xffff_ffff, 0, 1, 2]);
    expect(out.sentSeq).toBe(2);
    expect(out.acknowledge(0)).toBe(true);
    expect(out.bufferedBytes).toBe(32);
    expect(out.acknowledge(0xffff_ffff)).toBe(false);
    expect(out.acknowledge(2)).toBe(true);
    expect(out.isEmpty).toBe(true);
  });

  it('does not believe an acknowledgement of what was never sent', () => {
    const out = new Outgoing();
    out.push(1, 0, frame());
    expect(out.acknowledge(2)).toBe(false);
    expect(out.acknowledge(0xffff_ffff)).toBe(false);
    expect(out.isEmpty).toBe(false);
  });

  it('keeps to the window', () => {
    const out = new Outgoing();
    const size = WINDOW_BYTES / 8;
    for (let i = 0; i < 20; i++) out.push(1, 0, frame(size));
    expect(takeAll(out)).toHaveLength(8);
    expect(out.waiting).toBe(12);
    out.acknowledge(3);
    expect(takeAll(out)).toEqual([9, 10, 11]);
  });

  it('sends again from where the other side is', () => {
    const out = new Outgoing();
    for (let i = 0; i < 4; i++) out.push(1, 0, frame());
    takeAll(out);
    out.acknowledge(2);
    expect(out.goBack()).toBe(2);
    expect(out.inFlight).toBe(false);
    expect(takeAll(out)).toEqual([3, 4]);
  });

  const op = fc.oneof(
    fc.record({ op: fc.constant('push' as const) }),
    fc.record({ op: fc.constant('take' as const) }),
    fc.record({ op: fc.constant('ack' as const), at: fc.nat({ max: 40 }) }),
    fc.record({ op: fc.constant('back' as const) }),
  );

  it('never forgets a frame that was not acknowledged', () =>
    check(500, fc.tuple(fc.constantFrom(0, 0xffff_fff0), fc.array(op, { maxLength: 60 })), async ([first, ops]) => {
      const out = new Outgoing(first);
      let pushed = 0;
      let acknowledged = 0;
      let next = 0;
      for (const step of ops) {
        if (step.op === 'push') {
          pushed++;
          out.push(1, 0, frame(1));
        } else if (step.op === 'take') {
          const taken = out.take();
          if (next < pushed) expect(taken?.seq).toBe((first + ++next) >>> 0);
          else expect(taken).toBeUndefined();
        } else if (step.op === 'back') {
          out.goBack();
          next = acknowledged;
        } else {
          const to = acknowledged + step.at;
          expect(out.acknowledge((first + to) >>> 0)).toBe(step.at > 0 && to <= pushed);
          if (to <= pushed) acknowledged = to;
          next = Math.max(next, acknowledged);
        }
      }
      out.goBack();
      expect(takeAll(out)).toEqual(Array.from({ length: pushed - acknowledged }, (_, i) => (first + acknowledged + i + 1) >>> 0));
    }));
});

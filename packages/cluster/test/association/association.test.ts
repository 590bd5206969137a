import { Association, type AssociationCounts, headers, MAX_BUFFERED_BYTES } from '@rekindle/cluster/internal';
import { VirtualHost } from '@rekindle/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

const TICK_MS = 40;
const NO_PROGRESS_MS = 5000;
const MAX_FRAME_BYTES = 1000;

/** One end: what it writes is numbered, what it reads is checked. */
class End {
  readonly association: Association;
  readonly counts: AssociationCounts = { sent: 0, received: 0, resent: 0, duplicates: 0, gaps: 0, probes: 0 };
  read = 0;
  /** Out of order, twice, or for somebody else. */
  wrong = 0;
  written = 0;
  bad = 0;
  broken: string | null = null;
  crowded = false;
  readonly #scheduled: (() => void)[] = [];

  constructor(own: number, publish: (frame: Buffer) => boolean) {
    this.association = new Association(
      own,
      {
        publish,
        schedule: (flush) => this.#scheduled.push(flush),
        entries: {
          signal: (from, to, bytes) => {
            if (from !== 3 || to !== 4) this.wrong++;
            if (bytes.readUInt32BE(0) !== this.read) this.wrong++;
            this.read++;
          },
          threadEnded: () => {},
        },
        crowded: (crowded) => {
          this.crowded = crowded;
        },
        bad: () => this.bad++,
        broken: (reason) => {
          this.broken = reason;
          this.association.close();
        },
      },
      this.counts,
      { maxFrameBytes: MAX_FRAME_BYTES, noProgressMs: NO_PROGRESS_MS, connected: true, now: 0 },
    );
  }

  write(count: number, bytes: number): void {
    for (let i = 0; i < count; i++) {
      const signal = Buffer.alloc(Math.max(4, bytes));
      signal.writeUInt32BE(this.written++);
      this.association.signal(3, 4, signal);
    }
    for (const flush of this.#scheduled.splice(0)) flush();
  }
}

/** Two ends and the way between them, which keeps order and loses what it is told to. */
class Line {
  readonly host = new VirtualHost();
  readonly a: End;
  readonly b: End;
  connected = true;
  /** Of frames, each for itself: worse than NATS. */
  loss = 0;
  #random: number;
  readonly #slowMs: number;
  #onTheWay: { readonly at: number; readonly to: () => End; readonly frame: Buffer }[] = [];

  /** `slowMs`: what a frame takes at most. Beyond 100 ms questions are repeated before they are answered. */
  constructor(seed: number, slowMs = 30) {
    this.#random = seed >>> 0;
    this.#slowMs = slowMs;
    this.a = new End(11, (frame) => this.#send(() => this.b, frame));
    this.b = new End(22, (frame) => this.#send(() => this.a, frame));
    this.a.association.their = 22;
    this.b.association.their = 11;
    this.a.association.open();
    this.b.association.open();
  }

  #send(to: () => End, frame: Buffer): boolean {
    if (!this.connected) return false;
    if (this.#next() >= this.loss)
      this.#onTheWay.push({ at: this.host.now() + 1 + Math.floor(this.#next() * this.#slowMs), to, frame: Buffer.from(frame) });
    return true;
  }

  /** The connection breaks, and all or the end of what is on its way is lost. */
  cut(kept: number): void {
    if (!this.connected) return;
    this.connected = false;
    this.#onTheWay = this.#onTheWay.slice(0, Math.floor(this.#onTheWay.length * kept));
    for (const end of [this.a, this.b]) end.association.disconnected();
  }

  restore(): void {
    if (this.connected) return;
    this.connected = true;
    for (const end of [this.a, this.b]) end.association.reconnected(this.host.now());
  }

  pass(ms: number): void {
    for (const end = this.host.now() + ms; this.host.now() < end; ) {
      this.host.advanceTo(Math.min(end, this.host.now() + TICK_MS));
      const now = this.host.now();
      for (;;) {
        const [first] = this.#onTheWay;
        // In order: what comes later waits for what was sent before.
        if (first === undefined || first.at > now) break;
        this.#onTheWay.shift();
        const header = headers.readHeader(first.frame);
        if (header !== undefined) first.to().association.receive(header, first.frame.subarray(headers.HEADER_BYTES));
      }
      for (const side of [this.a, this.b]) side.association.tick(now);
    }
  }

  #next(): number {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return this.#random / 2 ** 32;
  }
}

describe('an association', () => {
  const happening = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('write' as const),
        by: fc.constantFrom('a' as const, 'b' as const),
        count: fc.integer({ min: 1, max: 400 }),
        bytes: fc.constantFrom(4, 50, 900, 5000),
      }),
    },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('time passes' as const), ms: fc.integer({ min: 1, max: 1500 }) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('cut' as const), kept: fc.constantFrom(0, 0.5, 1) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('restored' as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('loss' as const), loss: fc.constantFrom(0, 0.02, 0.3) }) },
  );

  it(
    'loses, doubles and reorders nothing, whatever happens to the connection',
    () =>
      check(
        150,
        fc.tuple(fc.integer(), fc.constantFrom(1, 30, 500), fc.array(happening, { maxLength: 25 })),
        async ([seed, slowMs, happenings]) => {
          const line = new Line(seed, slowMs);
          for (const it of happenings) {
            if (it.what === 'write') line[it.by].write(it.count, it.bytes);
            else if (it.what === 'time passes') line.pass(it.ms);
            else if (it.what === 'cut') line.cut(it.kept);
            else if (it.what === 'restored') line.restore();
            // So much loss on so slow a line may rightly break it.
            else line.loss = slowMs > 100 ? Math.min(it.loss, 0.02) : it.loss;
          }
          line.loss = 0;
          line.restore();
          line.pass(20_000);
          expect([line.a.broken, line.b.broken]).toEqual([null, null]);
          expect([line.b.read, line.b.wrong]).toEqual([line.a.written, 0]);
          expect([line.a.read, line.a.wrong]).toEqual([line.b.written, 0]);
          expect([line.a, line.b].map((end) => [end.bad, end.association.settled, end.association.bufferedBytes])).toEqual([
            [0, true, 0],
            [0, true, 0],
          ]);
        },
      ),
    60_000,
  );

  it('asks again soon when the end of what was sent is lost', () => {
    const line = new Line(1);
    line.loss = 1;
    line.a.write(3, 10);
    line.pass(100);
    line.loss = 0;
    line.pass(1000);
    expect([line.b.read, line.b.wrong]).toEqual([3, 0]);
    expect(line.a.counts).toMatchObject({ sent: 2, resent: 1 });
  });

  it('asks at once for what is missing when it gets what comes after', () => {
    const line = new Line(1);
    line.loss = 1;
    line.a.write(3, 10);
    line.loss = 0;
    line.a.write(3, 10);
    line.pass(200);
    expect([line.b.read, line.b.wrong, line.b.counts.gaps]).toEqual([6, 0, 1]);
    expect(line.a.counts.probes).toBe(0);
  });

  it('takes what comes twice once', () => {
    const line = new Line(1, 500);
    line.loss = 1;
    line.a.write(1, 10);
    line.loss = 0;
    for (let i = 0; i < 20; i++) {
      line.a.write(1, 10);
      line.pass(40);
    }
    line.pass(3000);
    expect([line.b.read, line.b.wrong]).toEqual([21, 0]);
    expect(line.b.counts.duplicates).toBeGreaterThan(0);
  });

  it('sends many small signals in few frames, and large ones in pieces', () => {
    const line = new Line(1);
    line.a.write(50, 4);
    expect(line.a.counts.sent).toBe(1);
    line.a.write(1, 10 * MAX_FRAME_BYTES);
    expect(line.a.counts.sent).toBe(12);
    line.pass(200);
    expect([line.b.read, line.b.wrong]).toEqual([51, 0]);
  });

  it('breaks when nothing is confirmed for 5 s, and not while there is no connection', () => {
    const line = new Line(1);
    line.cut(0);
    line.a.write(1, 10);
    line.pass(60_000);
    expect(line.a.broken).toBeNull();
    line.restore();
    line.loss = 1;
    line.a.write(1, 10);
    line.pass(4900);
    expect(line.a.broken).toBeNull();
    line.pass(200);
    expect(line.a.broken).toBe('no_progress');
    expect(line.b.broken).toBeNull();
  });

  it('says when more than 8 MiB wait, and when no more than 4 MiB do', () => {
    const line = new Line(1);
    line.pass(100);
    line.cut(0);
    line.a.write(7, 2 ** 20);
    expect(line.a.crowded).toBe(false);
    line.a.write(2, 2 ** 20);
    expect(line.a.crowded).toBe(true);
    line.restore();
    line.pass(2000);
    expect(line.a.crowded).toBe(false);
    expect([line.b.read, line.b.wrong]).toEqual([9, 0]);
  });

  it('breaks when more than 64 MiB wait', () => {
    const line = new Line(1);
    line.cut(0);
    const bytes = 2 ** 20;
    line.a.write(MAX_BUFFERED_BYTES / bytes - 2, bytes);
    expect(line.a.broken).toBeNull();
    line.a.write(2, bytes);
    expect(line.a.broken).toBe('overflow');
  });
});

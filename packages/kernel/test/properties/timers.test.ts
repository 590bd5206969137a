import { type Host, Timer, TimerWheel } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';
import { VirtualHost } from '../support/virtual-host.js';

type Op =
  | { readonly op: 'start'; readonly delay: number; readonly again: number | null }
  | { readonly op: 'cancel'; readonly nth: number }
  | { readonly op: 'pass'; readonly ms: number };

// From 1 ms on: when a delay of 0 fires depends on how far behind the clock the wheel is, and so does its place among others.
const delay = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 600 }),
  fc.constantFrom(255, 256, 257, 65_535, 65_536, 65_537, 2 ** 24 - 1, 2 ** 24, 2 ** 24 + 1, 2 ** 32 - 1),
  fc.integer({ min: 1, max: 2 ** 32 - 1 }),
);
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('start'), delay, again: fc.option(delay) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('cancel'), nth: fc.nat({ max: 30 }) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('pass'), ms: delay }) },
);

type Fired = [id: number, at: number];

class Probe extends Timer {
  readonly #fire: () => void;
  constructor(fire: () => void) {
    super();
    this.#fire = fire;
  }
  override fire(): void {
    this.#fire();
  }
}

/** The wheel, on a clock that the test moves. */
class Wheel {
  readonly fired: Fired[] = [];
  readonly #host: VirtualHost;
  readonly #wheel: TimerWheel;
  readonly #timers: Timer[] = [];

  constructor(host: VirtualHost) {
    this.#host = host;
    this.#wheel = new TimerWheel(host as Host);
  }

  start(delay: number, again: number | null): void {
    const id = this.#timers.length;
    const timer = new Probe(() => {
      this.fired.push([id, this.#host.now()]);
      if (again !== null) this.start(again, null);
    });
    this.#timers.push(timer);
    this.#wheel.start(timer, delay);
  }

  cancel(nth: number): boolean {
    return this.#timers[nth]?.cancel() ?? false;
  }

  /** Moves the clock from one due timer to the next. */
  pass(ms: number): void {
    const end = this.#host.now() + ms;
    for (let next = this.#host.nextTimer; next !== undefined && next <= end; next = this.#host.nextTimer) this.#host.advanceTo(next);
    this.#host.advanceTo(end);
  }

  get nextDue(): number {
    return this.#wheel.nextDue();
  }
}

/** A sorted list. Timers due in the same millisecond fire in the order they were started. */
class SortedList {
  readonly fired: Fired[] = [];
  #pending: { id: number; due: number; again: number | null }[] = [];
  #ids = 0;
  #now = 0;

  start(delay: number, again: number | null): void {
    this.#pending.push({ id: this.#ids++, due: this.#now + delay, again });
  }

  cancel(nth: number): boolean {
    const before = this.#pending.length;
    this.#pending = this.#pending.filter(({ id }) => id !== nth);
    return this.#pending.length < before;
  }

  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#pending.toSorted((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#pending.splice(this.#pending.indexOf(next), 1);
      this.#now = next.due;
      this.fired.push([next.id, next.due]);
      if (next.again !== null) this.start(next.again, null);
    }
    this.#now = end;
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }
}

describe('the timer wheel', () => {
  it('fires the same timers at the same times in the same order as a sorted list', async () => {
    await check(300, fc.array(op, { maxLength: 40 }), async (ops) => {
      const wheel = new Wheel(new VirtualHost());
      const list = new SortedList();
      for (const op of ops) {
        if (op.op === 'start') {
          wheel.start(op.delay, op.again);
          list.start(op.delay, op.again);
        } else if (op.op === 'pass') {
          wheel.pass(op.ms);
          list.pass(op.ms);
          expect(wheel.fired).toEqual(list.fired);
        } else expect(wheel.cancel(op.nth)).toBe(list.cancel(op.nth));
      }
      wheel.pass(2 ** 34);
      list.pass(2 ** 34);
      expect(wheel.fired).toEqual(list.fired);
      expect(list.isEmpty).toBe(true);
      expect(wheel.nextDue).toBe(Number.POSITIVE_INFINITY);
    });
  });

  it('never fires early, nor more than 2 ms late, on a clock with fractions', async () => {
    const fraction = fc.double({ min: 0, max: 1000, noNaN: true });
    const steps = fc.array(fc.tuple(fraction, fraction), { minLength: 1, maxLength: 20 });
    await check(200, fc.tuple(fraction, steps), async ([origin, pairs]) => {
      const host = new VirtualHost();
      host.advanceTo(origin);
      const wheel = new TimerWheel(host);
      const late: number[] = [];
      for (const [wait, delay] of pairs) {
        const due = host.now() + delay;
        wheel.start(new Probe(() => late.push(host.now() - due)), delay);
        const end = host.now() + wait;
        for (let next = host.nextTimer; next !== undefined && next <= end; next = host.nextTimer) host.advanceTo(next);
        host.advanceTo(end);
      }
      for (let next = host.nextTimer; next !== undefined; next = host.nextTimer) host.advanceTo(next);
      expect(late).toHaveLength(pairs.length);
      for (const by of late) {
        expect(by).toBeGreaterThanOrEqual(-1e-9);
        expect(by).toBeLessThanOrEqual(2);
      }
    });
  });
});

import { meet, type Pairing } from '@rekindle/cluster/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

/** One side: its pairing, and the numbers it has given so far. */
class Side {
  pairing: Pairing;
  #numbers: number;
  opened = 0;
  restarted = 0;
  /** It wants to say something. */
  speaks = true;

  constructor(first: number) {
    this.#numbers = first;
    this.pairing = { own: this.#fresh(), their: 0, open: false };
  }

  hear(greeting: Pairing): void {
    const { pairing, restarted, opened, answer } = meet(this.pairing, greeting, () => this.#fresh());
    this.pairing = pairing;
    if (restarted) this.restarted++;
    if (opened) this.opened++;
    if (answer) this.speaks = true;
  }

  /** Its association has ended. */
  restart(): void {
    this.pairing = { own: this.#fresh(), their: 0, open: false };
    this.speaks = true;
  }

  #fresh(): number {
    this.#numbers = (this.#numbers % 0xffff) + 1;
    return this.#numbers;
  }
}

describe('two sides that greet each other', () => {
  it('agree after three greetings', () => {
    const [a, b] = [new Side(10), new Side(20)];
    b.hear(a.pairing);
    expect(b.pairing).toEqual({ own: 21, their: 11, open: false });
    a.hear(b.pairing);
    expect(a.pairing).toEqual({ own: 11, their: 21, open: true });
    b.hear(a.pairing);
    expect(b.pairing).toEqual({ own: 21, their: 11, open: true });
    expect([a.opened, b.opened, a.restarted, b.restarted]).toEqual([1, 1, 0, 0]);
  });

  it('agree when both speak at once', () => {
    const [a, b] = [new Side(10), new Side(20)];
    const [fromA, fromB] = [a.pairing, b.pairing];
    a.hear(fromB);
    b.hear(fromA);
    const [againA, againB] = [a.pairing, b.pairing];
    a.hear(againB);
    b.hear(againA);
    expect([a.pairing.open, b.pairing.open]).toEqual([true, true]);
  });

  it('tell a new association from a late greeting of an old one', () => {
    const [a, b] = [new Side(10), new Side(20)];
    const late = a.pairing;
    b.hear(a.pairing);
    a.hear(b.pairing);
    b.hear(a.pairing);
    a.restart();
    b.hear(a.pairing);
    expect(b.restarted).toBe(1);
    const { pairing } = b;
    b.hear(late);
    expect(b.pairing).toBe(pairing);
    expect(b.restarted).toBe(1);
  });

  const event = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a speaks', 'b speaks', 'to a', 'to b') },
    { weight: 1, arbitrary: fc.constantFrom('a restarts', 'b restarts', 'loss') },
  );

  it('agree in the end, whatever was lost or late and whoever began anew', () =>
    check(
      3000,
      fc.tuple(fc.constantFrom(0, 0xfff0), fc.constantFrom(0, 0xfffa), fc.array(event, { maxLength: 40 })),
      async ([first, second, events]) => {
        const [a, b] = [new Side(first), new Side(second)];
        let toA: Pairing[] = [];
        let toB: Pairing[] = [];
        const agree = (): boolean => a.pairing.own === b.pairing.their && b.pairing.own === a.pairing.their;
        for (const event of events) {
          if (event === 'a speaks') toB.push(a.pairing);
          else if (event === 'b speaks') toA.push(b.pairing);
          else if (event === 'a restarts') a.restart();
          else if (event === 'b restarts') b.restart();
          else if (event === 'loss') [toA, toB] = [[], []];
          else if (event === 'to a' && toA.length > 0) a.hear(toA.shift() as Pairing);
          else if (event === 'to b' && toB.length > 0) b.hear(toB.shift() as Pairing);
        }
        a.speaks = b.speaks = true;
        for (let round = 0; round < 20; round++) {
          for (const greeting of toA.splice(0)) a.hear(greeting);
          for (const greeting of toB.splice(0)) b.hear(greeting);
          if (a.speaks || !a.pairing.open) toB.push(a.pairing);
          if (b.speaks || !b.pairing.open) toA.push(b.pairing);
          a.speaks = b.speaks = false;
        }
        expect({ agree: agree(), a: a.pairing.open, b: b.pairing.open }).toEqual({ agree: true, a: true, b: true });
      },
    ));
});

import { cursorText, policyOf, readCursor, TopicLog, type TopicPolicy } from '@rekindle/pubsub/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../../kernel/test/support/property.js';

type Step =
  | { readonly do: 'append'; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'expire' }
  | { readonly do: 'restart' }
  /** So many positions behind the last one. */
  | { readonly do: 'since'; readonly back: number }
  /** Another client that was where the last one was. */
  | { readonly do: 'again' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('since' as const), back: fc.integer({ min: -2, max: 130 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const) }) },
);

describe('TopicLog', () => {
  it('gives all that was published since a cursor, or says that it cannot', () => {
    const inputs = fc.record({
      maxMessages: fc.integer({ min: 1, max: 100 }),
      maxAgeMs: fc.integer({ min: 1, max: 100 }),
      steps: fc.array(step, { maxLength: 40, size: 'max' }),
    });
    return check(300, inputs, async ({ maxMessages, maxAgeMs, steps }) => {
      let now = 0;
      let epoch = 'a';
      // Everything that was ever published under this numbering.
      let all: { at: number; payload: string }[] = [];
      let asked = 0;
      const log = new TopicLog({ cachedMs: null, recoverable: { maxMessages, maxAgeMs }, conflate: null }, epoch, now);
      for (const next of steps) {
        if (next.do === 'pass') now += next.ms;
        else if (next.do === 'expire') log.expire(now);
        else if (next.do === 'restart') {
          epoch += 'a';
          all = [];
          log.restart(epoch);
        } else if (next.do === 'append') {
          for (let i = 0; i < next.count; i++) {
            const payload = `${epoch}${all.length}`;
            all.push({ at: now, payload });
            expect(log.append('e', payload, now)).toBe(all.length);
          }
        } else {
          const position = next.do === 'again' ? asked : all.length - next.back;
          if (position < 0) continue;
          asked = position;
          const said = log.since({ epoch, position }, now);
          const missed = all.slice(position);
          if (position > all.length) expect(said).toEqual({ recovered: false, reason: 'epoch' });
          else if (missed.length > maxMessages || missed.some(({ at }) => at < now - maxAgeMs)) {
            expect(said).toEqual({ recovered: false, reason: 'window' });
          } else {
            expect(said).toEqual({
              recovered: true,
              events: missed.map(({ at, payload }, i) => ({ position: position + i + 1, event: 'e', payload, at })),
            });
          }
          expect(log.since({ epoch: `${epoch}a`, position: 0 }, now)).toEqual({ recovered: false, reason: 'epoch' });
        }
        expect(log.cursor).toEqual({ epoch, position: all.length });
        expect(log.length).toBeLessThanOrEqual(maxMessages);
      }
    });
  });

  it('has its last event for as long as it is to be given to newcomers', () => {
    const log = new TopicLog({ cachedMs: 50, recoverable: null, conflate: null }, 'a', 0);
    expect(log.last(0)).toBeNull();
    expect(log.append('e', '1', 0)).toBeUndefined();
    log.append('e', '2', 10);
    expect(log.cursor).toBeNull();
    expect(log.last(60)?.payload).toBe('2');
    expect(log.last(61)).toBeNull();
  });

  it('is idle when nothing is kept and nobody has come for as long', () => {
    const log = new TopicLog({ cachedMs: null, recoverable: { maxMessages: 5, maxAgeMs: 100 }, conflate: null }, 'a', 0);
    log.append('e', '1', 50);
    log.expire(150);
    expect([log.length, log.isIdle(150)]).toEqual([1, false]);
    log.expire(151);
    expect([log.length, log.isIdle(151)]).toEqual([0, true]);
    log.since({ epoch: 'a', position: 1 }, 151);
    expect(log.isIdle(251)).toBe(false);
  });
});

describe('a cursor', () => {
  it('reads as it was written', () => {
    expect(readCursor(cursorText({ epoch: 'aZ_-9', position: 42 }))).toEqual({ epoch: 'aZ_-9', position: 42 });
    for (const text of ['', ':', 'a', 'a:', ':1', 'a:1.5', 'a:-1', 'a:1 ', 'a b:1', `${'a'.repeat(65)}:1`, 'a:1234567890123456']) {
      expect(readCursor(text)).toBeNull();
    }
  });
});

describe('policyOf', () => {
  const [one, two]: TopicPolicy[] = [1, 2].map((cachedMs) => ({ cachedMs, recoverable: null })) as never;

  it('the first pattern of a socket that matches decides, then the next socket', () => {
    const tables = [
      [
        ['room:plain', null],
        ['room:*', one],
      ],
      [
        ['room:plain', two],
        ['other', two],
      ],
    ] as const;
    expect(['room:plain', 'room:1', 'other', 'others', 'room'].map((topic) => policyOf(tables as never, topic))).toEqual([
      two,
      one,
      two,
      null,
      null,
    ]);
  });
});

import { SmallMap } from '@rekindle/channels/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Step = readonly ['set', string, number] | readonly ['delete', string] | readonly ['clear'];

const key = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant('set' as const), key, fc.nat()),
  fc.tuple(fc.constant('delete' as const), key),
  fc.tuple(fc.constant('clear' as const)),
);

describe('a small map', () => {
  it('is a map', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const small = new SmallMap<number>();
        const map = new Map<string, number>();
        for (const [kind, name = '', value = 0] of steps) {
          if (kind === 'set') {
            small.set(name, value);
            map.set(name, value);
          } else if (kind === 'delete') expect(small.delete(name)).toBe(map.delete(name));
          else {
            small.clear();
            map.clear();
          }
          expect([...small]).toEqual([...map]);
          expect([...small.keys()]).toEqual([...map.keys()]);
          expect([...small.values()]).toEqual([...map.values()]);
          expect(small.size).toBe(map.size);
          for (const one of ['a', 'b', 'c']) expect([small.get(one), small.has(one)]).toEqual([map.get(one), map.has(one)]);
        }
      }),
    );
  });

  it('may lose entries while it is iterated', () => {
    const small = new SmallMap<number>();
    for (const [i, name] of ['a', 'b', 'c'].entries()) small.set(name, i);
    const seen: string[] = [];
    for (const name of small.keys()) {
      seen.push(name);
      small.delete(name);
    }
    expect([seen, small.size]).toEqual([['a', 'b', 'c'], 0]);
  });
});

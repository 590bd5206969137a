import { describe, expect, it } from 'vitest';
import {
  type Act,
  acceptedWithOlderToken,
  actsAfterLaterOwner,
  FencedResource,
  grantsOutOfOrder,
  type NameEvent,
  type Token,
} from '../support/name-history.js';

// That the checker of names notices what it is there for.

const act = (owner: string, token: Token, sentAt: number, accepted = true): Act => ({
  type: 'act',
  name: 'x',
  node: owner.slice(0, 1),
  owner,
  token,
  sentAt,
  accepted,
  hasStoodStill: false,
});
const granted = (owner: string, token: Token, askedAt: number, grantedAt: number): NameEvent => ({
  type: 'granted',
  name: 'x',
  node: owner.slice(0, 1),
  owner,
  token,
  askedAt,
  grantedAt,
});

describe('a fenced resource', () => {
  it('accepts the latest owner it knows of, and no other one with the same token', () => {
    const resource = new FencedResource();
    const answers = [act('a1', [1, 5], 0), act('b1', [1, 7], 1), act('a1', [1, 5], 2), act('c1', [1, 7], 3), act('b1', [1, 7], 4)];
    expect(answers.map((each) => resource.accepts(each))).toEqual([true, true, false, false, true]);
    expect(resource.accepts(act('c1', [2, 1], 5))).toBe(true);
    expect(resource.accepts({ ...act('c1', [1, 1], 5), name: 'y' })).toBe(true);
  });
});

describe('the checker', () => {
  it('finds what was accepted with an older token, or with that of somebody else', () => {
    const [older, same] = [act('a1', [1, 5], 3), act('c1', [1, 7], 4)];
    expect(acceptedWithOlderToken([act('a1', [1, 5], 1), act('b1', [1, 7], 2), older, act('b1', [1, 7], 3), same])).toEqual([older, same]);
    expect(acceptedWithOlderToken([act('b1', [1, 7], 2), act('a1', [1, 5], 3, false), act('a1', [2, 1], 4)])).toEqual([]);
  });

  it('finds who went on after a later owner had begun, whatever came first', () => {
    const [early, late] = [act('a1', [1, 5], 10), act('a1', [1, 5], 30)];
    expect(actsAfterLaterOwner([late, act('b1', [1, 7], 20), early])).toEqual([late]);
    expect(actsAfterLaterOwner([act('b1', [1, 7], 20), early])).toEqual([]);
  });

  it('finds tokens that two owners have, and those that do not grow with time', () => {
    expect(grantsOutOfOrder([granted('a1', [1, 5], 0, 10), granted('b1', [1, 5], 5, 12)])).toEqual([
      'the same token: x: a1 has 1,5, b1 has 1,5',
    ]);
    expect(grantsOutOfOrder([granted('a1', [1, 5], 0, 10), granted('b1', [1, 4], 20, 30)])).toEqual([
      'asked for later: x: a1 has 1,5, b1 has 1,4',
    ]);
    expect(grantsOutOfOrder([granted('b1', [1, 4], 20, 30), granted('a1', [1, 5], 0, 10)])).toHaveLength(1);
    // Asked for side by side: any order will do.
    expect(grantsOutOfOrder([granted('a1', [1, 5], 0, 10), granted('b1', [1, 4], 5, 30)])).toEqual([]);
  });
});

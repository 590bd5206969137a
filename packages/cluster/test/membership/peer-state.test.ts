import { isOverdue, newPeer, type PeerState, type Sign, step, DEFAULT_TIMING as timing } from '@rekindle/cluster/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';

/** Signs at their times, and all that was decided on the way. */
function play(signs: readonly (readonly [at: number, sign: Sign])[]): { state: PeerState; decisions: string[] } {
  let state = newPeer(0);
  const decisions: string[] = [];
  for (const [at, sign] of signs) {
    const { state: next, decision } = step(state, sign, at, timing);
    state = next;
    if (decision.type !== 'none') decisions.push(decision.type === 'down' ? `down: ${decision.reason}` : decision.type);
  }
  return { state, decisions };
}

const beat: Sign = { type: 'beat' };
const tick: Sign = { type: 'tick' };
const opened: Sign = { type: 'opened' };
const noResponders: Sign = { type: 'noResponders' };

describe('a peer', () => {
  it('is up when the association is open, not before', () => {
    expect(play([[10, beat]]).state.phase).toBe('greeting');
    expect(
      play([
        [10, beat],
        [20, opened],
      ]),
    ).toMatchObject({ state: { phase: 'up' }, decisions: ['up'] });
  });

  it('is suspect after 1.5 s of silence, and up again when it is heard', () => {
    expect(
      play([
        [0, opened],
        [1499, tick],
      ]).decisions,
    ).toEqual(['up']);
    expect(
      play([
        [0, opened],
        [1500, tick],
      ]).decisions,
    ).toEqual(['up', 'suspect']);
    expect(
      play([
        [0, opened],
        [1500, tick],
        [1600, { type: 'pong' }],
        [3000, tick],
      ]).decisions,
    ).toEqual(['up', 'suspect', 'recovered']);
  });

  it('is down after 5 s of silence', () => {
    expect(
      play([
        [0, opened],
        [4999, tick],
      ]).decisions,
    ).toEqual(['up', 'suspect']);
    expect(
      play([
        [0, opened],
        [2000, beat],
        [6999, tick],
      ]).decisions,
    ).toEqual(['up', 'suspect']);
    expect(
      play([
        [0, opened],
        [2000, beat],
        [7000, tick],
      ]).decisions,
    ).toEqual(['up', 'down: silent']);
  });

  it('is down when NATS has known nobody for 1 s, not at once', () => {
    expect(
      play([
        [0, opened],
        [500, noResponders],
        [1499, noResponders],
      ]).decisions,
    ).toEqual(['up', 'suspect']);
    expect(
      play([
        [0, opened],
        [500, noResponders],
        [1500, noResponders],
      ]).decisions,
    ).toEqual(['up', 'suspect', 'down: unreachable']);
  });

  it('that was unreachable and heard in between has another second', () => {
    const signs = [
      [0, opened],
      [500, noResponders],
      [1400, beat],
      [1600, noResponders],
      [2599, noResponders],
    ] as const;
    expect(play(signs).decisions).toEqual(['up', 'suspect', 'recovered', 'suspect']);
    expect(play([...signs, [2600, noResponders]]).decisions).toContain('down: unreachable');
  });

  it('that was never up is down too: others may wait for it', () => {
    expect(play([[5000, tick]]).decisions).toEqual(['down: silent']);
    expect(
      play([
        [1000, beat],
        [2000, beat],
        [3000, beat],
        [4000, beat],
        [5000, tick],
      ]).decisions,
    ).toEqual(['down: no_progress']);
    expect(step(newPeer(0), { type: 'ended', reason: 'reset' }, 10, timing).decision).toEqual({
      type: 'down',
      reason: 'reset',
      wasUp: false,
    });
  });

  it('that is down is greeted when it is heard again', () => {
    expect(
      play([
        [0, opened],
        [5000, tick],
        [9000, tick],
        [9001, beat],
        [9002, opened],
      ]),
    ).toMatchObject({
      state: { phase: 'up' },
      decisions: ['up', 'down: silent', 'greet', 'up'],
    });
  });

  it('that has left is not heard any more', () => {
    expect(
      play([
        [0, opened],
        [10, { type: 'ended', reason: 'left' }],
        [20, beat],
        [30, opened],
        [9000, tick],
      ]),
    ).toMatchObject({
      state: { phase: 'left' },
      decisions: ['up', 'down: left'],
    });
  });

  const sign = fc.oneof(
    fc.constantFrom<Sign>(beat, { type: 'pong' }, noResponders, tick, opened),
    fc
      .constantFrom('left', 'reset', 'restarted', 'isolated', 'overflow', 'no_progress')
      .map((reason): Sign => ({ type: 'ended', reason }) as Sign),
  );

  it('is told to be up and down in turn, and down only for a reason', () =>
    check(2000, fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), sign), { maxLength: 60 }), async (steps) => {
      let state = newPeer(0);
      let now = 0;
      let up = false;
      let heardAt = 0;
      for (const [after, sign] of steps) {
        now += after;
        const { state: next, decision } = step(state, sign, now, timing);
        if (sign.type === 'beat' || sign.type === 'pong') heardAt = now;
        if (decision.type === 'up') {
          expect(up).toBe(false);
          up = true;
        }
        if (decision.type === 'down') {
          expect(decision.wasUp).toBe(up);
          expect(['down', 'left']).not.toContain(state.phase);
          expect(next.phase).toBe(decision.reason === 'left' ? 'left' : 'down');
          if (decision.reason === 'silent') expect(now - heardAt).toBeGreaterThanOrEqual(timing.downAfterMs);
          up = false;
        }
        expect(up).toBe(next.phase === 'up' || next.phase === 'suspect');
        if (sign.type === 'tick' && next.phase !== 'left')
          expect(next.phase === 'down' || now - next.heardAt < timing.downAfterMs).toBe(true);
        if (state.phase === 'left') expect(next.phase).toBe('left');
        state = next;
      }
    }));
});

describe('isOverdue', () => {
  it('asks whoever is expected to speak, after 0.7 s', () => {
    const { state } = play([
      [0, opened],
      [1000, beat],
    ]);
    expect(isOverdue(state, 1699, timing)).toBe(false);
    expect(isOverdue(state, 1700, timing)).toBe(true);
    expect(isOverdue({ ...state, phase: 'suspect' }, 1700, timing)).toBe(true);
    expect(isOverdue({ ...state, phase: 'down' }, 9000, timing)).toBe(false);
    expect(isOverdue({ ...state, phase: 'left' }, 9000, timing)).toBe(false);
  });
});

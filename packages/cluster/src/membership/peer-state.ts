import type { Timing } from '../timing.js';

/**
 * How this node sees one run of another. `greeting`: heard of, not yet agreed on an association. Nothing is expected of one that
 * is `down` until it is heard again, or of one that has `left`.
 */
export type Phase = 'greeting' | 'up' | 'suspect' | 'down' | 'left';

export type DownReason =
  /** NATS has no connection to it. */
  | 'unreachable'
  /** It says nothing: frozen, or cut off without NATS noticing. */
  | 'silent'
  /** It has declared this node down, or its association broke. */
  | 'reset'
  /** It has started again. */
  | 'restarted'
  | 'left'
  /** This node has no connection to NATS. */
  | 'isolated'
  /** Too much was waiting to be sent to it. */
  | 'overflow'
  /** It is heard, and confirms nothing that is sent to it. */
  | 'no_progress';

export interface PeerState {
  readonly phase: Phase;
  /** When this phase began. */
  readonly since: number;
  /** When something was last heard of it. */
  readonly heardAt: number;
  /** Since when NATS says that nobody is there. */
  readonly unreachableSince: number | null;
}

/** What happens with regard to another node. */
export type Sign =
  | { readonly type: 'beat' | 'pong' | 'noResponders' | 'tick' }
  /** Both sides know the association. */
  | { readonly type: 'opened' }
  | { readonly type: 'ended'; readonly reason: DownReason };

/** What follows from it. */
export type Decision =
  | { readonly type: 'none' | 'greet' | 'up' | 'suspect' | 'recovered' }
  /** `wasUp`: others have been told that it was. */
  | { readonly type: 'down'; readonly reason: DownReason; readonly wasUp: boolean };

const NONE: Decision = { type: 'none' };

export interface Step {
  readonly state: PeerState;
  readonly decision: Decision;
}

export function newPeer(now: number): PeerState {
  return { phase: 'greeting', since: now, heardAt: now, unreachableSince: null };
}

export function step(state: PeerState, sign: Sign, now: number, timing: Timing): Step {
  switch (sign.type) {
    case 'beat':
    case 'pong':
      return heard({ ...state, heardAt: now, unreachableSince: null }, now);
    case 'noResponders':
      return unreachable({ ...state, unreachableSince: state.unreachableSince ?? now }, now, timing);
    case 'opened':
      return state.phase === 'greeting' ? { state: enter(state, 'up', now), decision: { type: 'up' } } : { state, decision: NONE };
    case 'ended':
      return down(state, sign.reason, now);
    case 'tick':
      return passed(state, now, timing);
  }
}

function heard(state: PeerState, now: number): Step {
  if (state.phase === 'suspect') return { state: enter(state, 'up', now), decision: { type: 'recovered' } };
  if (state.phase === 'down') return { state: enter(state, 'greeting', now), decision: { type: 'greet' } };
  return { state, decision: NONE };
}

function unreachable(state: PeerState, now: number, timing: Timing): Step {
  if (now - (state.unreachableSince ?? now) >= timing.unreachableMs) return down(state, 'unreachable', now);
  return state.phase === 'up' ? { state: enter(state, 'suspect', now), decision: { type: 'suspect' } } : { state, decision: NONE };
}

function passed(state: PeerState, now: number, timing: Timing): Step {
  const silentMs = now - state.heardAt;
  if (silentMs >= timing.downAfterMs) return down(state, 'silent', now);
  // It is heard, and yet no association comes about: what waits for one is told so.
  if (state.phase === 'greeting' && now - state.since >= timing.downAfterMs) return down(state, 'no_progress', now);
  if (state.phase === 'up' && silentMs >= timing.suspectAfterMs) {
    return { state: enter(state, 'suspect', now), decision: { type: 'suspect' } };
  }
  return { state, decision: NONE };
}

function down(state: PeerState, reason: DownReason, now: number): Step {
  const { phase } = state;
  const state_ = enter(state, reason === 'left' ? 'left' : 'down', now);
  if (phase === 'left') return { state, decision: NONE };
  if (phase === 'down') return { state: reason === 'left' ? state_ : state, decision: NONE };
  return { state: state_, decision: { type: 'down', reason, wasUp: phase !== 'greeting' } };
}

function enter(state: PeerState, phase: Phase, since: number): PeerState {
  return { ...state, phase, since };
}

/** Whether the node should be asked if it is there: it is not heard, or nobody was there when it was asked last. */
export function isOverdue(state: PeerState, now: number, timing: Timing): boolean {
  const expected = state.phase === 'greeting' || state.phase === 'up' || state.phase === 'suspect';
  return expected && (state.unreachableSince !== null || now - state.heardAt >= timing.overdueMs);
}

/** This node was cut off for `ms`: silence meanwhile is nobody's fault but its own. */
export function excuse(state: PeerState, ms: number): PeerState {
  return { ...state, heardAt: state.heardAt + ms, since: state.since + ms, unreachableSince: null };
}

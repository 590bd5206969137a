import type { ProcessId } from '../identity/pid.js';

/**
 * Says which of two owners of a name came later. Give it to whatever the owner changes outside of the cluster, and let that refuse
 * what comes with a smaller one: it is all that keeps an owner out who does not know yet that it is none any more.
 */
export interface FencingToken {
  readonly epoch: number;
  readonly revision: number;
}

export interface Hold {
  readonly pid: ProcessId;
  readonly token: FencingToken;
}

/** Negative if `a` came before `b`; the same order on all nodes. */
export function compareHolds(a: Hold, b: Hold): number {
  return (
    a.token.epoch - b.token.epoch ||
    a.token.revision - b.token.revision ||
    compareText(a.pid.node, b.pid.node) ||
    a.pid.at.incarnation - b.pid.at.incarnation ||
    a.pid.thread - b.pid.thread ||
    a.pid.serial - b.pid.serial
  );
}

export function encodeToken({ epoch, revision }: FencingToken): [number, number] {
  return [epoch, revision];
}

/** Undefined for what is none. */
export function decodeToken(value: unknown): FencingToken | undefined {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isCount)) return undefined;
  const [epoch, revision] = value as [number, number];
  return { epoch, revision };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

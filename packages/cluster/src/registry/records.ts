import { topicToken } from '../topics/topic-token.js';

/** Of a node that is there, or has been. */
export interface LeaseRecord {
  readonly incarnation: number;
  readonly leaseMs: number;
  /** It has given up all its names, for good. */
  readonly left: boolean;
}

/** Who has a name. */
export interface NameRecord {
  /** For people: keys are escaped. */
  readonly name: string;
  readonly node: string;
  readonly incarnation: number;
  /** For people. */
  readonly pid: string;
  /** Of this claim: whoever does not know whether it was written recognises it. */
  readonly nonce: string;
}

/** Tells the contents of this bucket from those of one that was there before. */
export interface EpochRecord {
  readonly id: string;
  /** The first part of fencing tokens. */
  readonly counter: number;
}

export const EPOCH_KEY = 'epoch';
export const MIN_LEASE_MS = 2000;
export const MAX_LEASE_MS = 600_000;

export function leaseKey(node: string): string {
  return `lease.${node}`;
}

/** Keys allow less than subjects do. What is replaced here is not escaped by `topicToken`, so no two names become one. */
export function nameKey(name: string): string {
  return `name.${topicToken(name).replace(/[:@+~]/g, (character) => `=${character.charCodeAt(0).toString(16)}`)}`;
}

// What is in the bucket was written by nodes, but others can write there too.

export function leaseRecord(text: string | null): LeaseRecord | undefined {
  const { incarnation, leaseMs, left } = fields(text);
  if (!isCount(incarnation) || !isCount(leaseMs) || leaseMs < MIN_LEASE_MS || leaseMs > MAX_LEASE_MS) return undefined;
  return { incarnation, leaseMs, left: left === true };
}

export function nameRecord(text: string | null): NameRecord | undefined {
  const { name, node, incarnation, pid, nonce } = fields(text);
  if (![name, node, pid, nonce].every((field) => typeof field === 'string') || !isCount(incarnation)) return undefined;
  return { name, node, incarnation, pid, nonce } as NameRecord;
}

export function epochRecord(text: string | null): EpochRecord | undefined {
  const { id, counter } = fields(text);
  return typeof id === 'string' && isCount(counter) ? { id, counter } : undefined;
}

function fields(text: string | null): { readonly [field: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return typeof value === 'object' && value !== null ? (value as { [field: string]: unknown }) : {};
  } catch {
    return {};
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

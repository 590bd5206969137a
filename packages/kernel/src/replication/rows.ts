import type { Address } from '../identity/address.js';
import { ProcessId } from '../identity/pid.js';

/** Processes under one key, as they were added or removed together; `value` is the table's own. */
export type Row = readonly [key: string, pids: readonly ProcessId[], value?: unknown];

export interface Change {
  readonly type: 'add' | 'remove';
  readonly rows: readonly Row[];
}

/**
 * A table of processes that each thread writes for its own processes only, and that all threads of all nodes read. `Replica`
 * keeps the copies in step.
 */
export interface ReplicatedTable {
  /** All rows, those of other threads and nodes too. */
  rows(): Iterable<Row>;
  /** Processes elsewhere. */
  add(rows: readonly Row[]): void;
  remove(rows: readonly Row[]): void;
  /** All processes of these addresses are gone. */
  lost(gone: (at: Address) => boolean): void;
  /** Told of each change of this thread's own rows; set by the replica. */
  tell: ((change: Change) => void) | null;
}

/** Whether something that has come from another node is rows, of processes that `mayTell` allows. */
export function areRows(value: unknown, mayTell: (at: Address) => boolean): value is Row[] {
  return Array.isArray(value) && value.every((row) => isRow(row, mayTell));
}

function isRow(row: unknown, mayTell: (at: Address) => boolean): boolean {
  if (!Array.isArray(row) || typeof row[0] !== 'string' || !Array.isArray(row[1])) return false;
  return row[1].every((pid) => pid instanceof ProcessId && mayTell(pid.at));
}

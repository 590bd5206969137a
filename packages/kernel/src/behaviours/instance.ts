import { GONE, type Proc } from '../process/proc.js';

/** Where a process object keeps its kernel record. */
export const PROC: unique symbol = Symbol('process');

let starting: Proc | null = null;

/** The record for the process object under construction; one made by hand belongs to no process and has no effects. */
export function takeStarting(): Proc {
  const proc = starting ?? GONE;
  starting = null;
  return proc;
}

export function construct<T>(Class: new () => T, proc: Proc): T {
  starting = proc;
  try {
    return new Class();
  } finally {
    starting = null;
  }
}

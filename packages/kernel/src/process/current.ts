import type { Proc } from './proc.js';

/**
 * The process whose code runs right now, or null outside of all. Known in every synchronous stretch of a handler and after
 * an `await` of something the kernel promised; after an `await` of anything else nobody can know.
 */
export let current: Proc | null = null;

export function setCurrent(proc: Proc | null): Proc | null {
  const previous = current;
  current = proc;
  return previous;
}

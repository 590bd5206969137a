import { readFileSync } from 'node:fs';

/** Descriptors that Node and the generator, which raise their soft limit, leave for connections. */
export function maxConnections(): number {
  const limit = /Max open files\s+\S+\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit) - 100;
}

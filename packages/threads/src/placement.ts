import { MisuseError } from '@rekindle/kernel';
import { type Placement, rendezvous } from '@rekindle/kernel/internal';

/** A scheduler that takes new processes. */
export interface Candidate {
  readonly thread: number;
  /** How many processes it has; looked at for `leastLoaded` only. */
  load(): number;
}

/**
 * Which scheduler a process is started on. `candidates` are in the order of their numbers and not none; `own` is the place of
 * the starter's among them, -1 if it is none; `turn` counts what was spread.
 */
export function choose(where: Placement, candidates: readonly Candidate[], own: number, turn: number): Candidate {
  const at = (index: number): Candidate => candidates[index % candidates.length] as Candidate;
  if (where === 'same') return at(Math.max(0, own));
  if (where === 'spread') return at(turn);
  if (where === 'leastLoaded') return least(candidates);
  if (typeof where === 'number' && Number.isSafeInteger(where) && where >= 0) return at(where);
  if (typeof where === 'object' && where !== null && 'key' in where && typeof where.key === 'string') return keyed(candidates, where.key);
  throw new MisuseError(
    'bad_option',
    `thread: expected 'same', 'spread', 'leastLoaded', a number from 0 on or { key: '...' }, got ${JSON.stringify(where) ?? typeof where}`,
  );
}

function least(candidates: readonly Candidate[]): Candidate {
  let [best] = candidates as [Candidate];
  let load = best.load();
  for (const candidate of candidates) {
    const its = candidate.load();
    if (its < load) [best, load] = [candidate, its];
  }
  return best;
}

/** The same for all threads; when a scheduler goes only its keys move, when one comes only those that it gets. */
function keyed(candidates: readonly Candidate[], key: string): Candidate {
  return rendezvous(key, candidates, ({ thread }) => String(thread)) as Candidate;
}

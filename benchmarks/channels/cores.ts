import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** What to put before a command so that it runs on a core of its own. */
export interface Cores {
  readonly server: readonly string[];
  readonly generator: readonly string[];
}

export function cores(): Cores {
  const pinnable = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;
  if (pinnable) return { server: ['taskset', '-c', '0'], generator: ['taskset', '-c', '1'] };
  console.error('Server and generator share the processors: pinning them takes two cores and taskset.');
  return { server: [], generator: [] };
}

import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** What to put before a command so that it runs on a core of its own. */
export interface Cores {
  readonly server: readonly string[];
  /** The same for a server of two threads, and for the generator beside it: where there are only two cores it shares them. */
  readonly threadedServer: readonly string[];
  readonly besideThreads: readonly string[];
  readonly generator: readonly string[];
}

export function cores(): Cores {
  const count = availableParallelism();
  const pinnable = count > 1 && spawnSync('taskset', ['-V']).status === 0;
  if (pinnable) {
    const besideThreads = count > 2 ? pinnedTo('2') : [];
    return { server: pinnedTo('0'), generator: pinnedTo('1'), threadedServer: pinnedTo('0,1'), besideThreads };
  }
  console.error('Server and generator share the processors: pinning them takes two cores and taskset.');
  return { server: [], generator: [], threadedServer: [], besideThreads: [] };
}

function pinnedTo(cores: string): readonly string[] {
  return ['taskset', '-c', cores];
}

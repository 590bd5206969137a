import { ExitThrow } from '../errors.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import { reportCluster } from '../reports.js';
import type { NameReplica } from './claims.js';
import { type Conflict, Holds } from './holds.js';

/** One thread's view of the names that are unique in the cluster. */
export class UniqueNames {
  readonly holds: Holds = new Holds(reportConflict);
  /** Null on a node of one thread that knows no others. */
  replica: NameReplica | null = null;

  /** For a process of this thread. Resolves with whoever has the name already, if somebody has. */
  async claim(name: string, pid: ProcessId): Promise<Pid | undefined> {
    const { holds, replica } = this;
    if (replica === null) {
      const known = holds.holder(name);
      if (known === undefined) holds.take(name, pid, holds.nextToken(pid.at.kernel.host.wallTime()));
      return known?.pid;
    }
    const verdict = await replica.claim(name, pid);
    if (verdict === 'unavailable') throw new ExitThrow({ name_unavailable: name });
    return typeof verdict === 'object' && 'holder' in verdict ? verdict.holder : undefined;
  }
}

function reportConflict({ name, loser, winner }: Conflict): void {
  reportCluster({
    type: 'name_conflict',
    level: 'error',
    text: `cluster: ${loser} and ${winner} both had the name '${name}': the first one is ended`,
  });
}

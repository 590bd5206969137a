import { type ExitReason, exit, GenServer, ignore, type Pid, Supervisor, type SupervisorSpec, sleep, stop } from '@rekindle/kernel';

/** What the n-th start of a worker does; the last entry repeats. */
export type InitStep = 'ok' | 'ignore' | 'stop' | 'throw' | 'slow' | 'never';

export interface WorkerArgs {
  readonly id: string;
  /** What happens, in order: `+a` a has started, `-a: reason` its `terminate` ran. */
  readonly log: string[];
  readonly trapExit?: boolean;
  readonly init?: InitStep[];
  readonly terminateMs?: number;
}

/** A child whose starts and ends are noted. */
export class Worker extends GenServer {
  #args!: WorkerArgs;

  override async init(args: WorkerArgs) {
    this.#args = args;
    if (args.trapExit === true) this.trapExit(true);
    const { init = ['ok'], id, log } = args;
    const step = init.length > 1 ? init.shift() : init[0];
    if (step === 'slow') await sleep(10);
    if (step === 'never') await new Promise(() => {});
    if (step === 'ignore') return ignore();
    if (step === 'stop') return stop('refused');
    if (step === 'throw') throw new Error('init failed');
    log.push(`+${id}`);
    return;
  }
  crash(reason: ExitReason): never {
    if (reason instanceof Error) throw reason;
    return exit(reason);
  }
  unlinkFrom(pid: Pid): void {
    this.unlink(pid);
  }
  override async terminate(reason: ExitReason): Promise<void> {
    const { id, log, terminateMs } = this.#args;
    if (terminateMs !== undefined) await sleep(terminateMs);
    log.push(`-${id}: ${reason instanceof Error ? reason.message : String(reason)}`);
  }
}

/** A supervisor that is told its spec. */
export class Tree extends Supervisor {
  override init(spec: SupervisorSpec): SupervisorSpec {
    return spec;
  }
}

/** Where the child with that id runs. */
export async function childPid(supervisor: Pid, id: string): Promise<Pid> {
  const children = await Supervisor.whichChildren(supervisor);
  const pid = children.find((child) => child.id === id)?.pid;
  if (pid === undefined || pid === 'restarting') throw new Error(`child ${id} is ${pid ?? 'not running'}`);
  return pid;
}

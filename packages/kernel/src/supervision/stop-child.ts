import type { ProcessId } from '../identity/pid.js';
import { Monitor, watch } from '../process/monitors.js';
import { attach, detach } from '../process/owned.js';
import type { Proc } from '../process/proc.js';
import { exit, unlink } from '../process/verbs.js';
import { Wait } from '../process/wait.js';
import { Timer } from '../timers/timer.js';
import type { Shutdown } from './child-spec.js';

// How a supervisor ends its children: as in OTP it watches the child, takes the link back (a child could have unlinked
// itself, a monitor cannot be taken away), sends the exit signal and waits.

export interface Stopping {
  readonly pid: ProcessId;
  readonly shutdown: Shutdown;
}

/** A monitor of the supervisor's own: it calls back instead of sending a `Down`. */
class Watch extends Monitor {
  readonly child: ProcessId;
  readonly #ended: () => void;
  deadline: Deadline | null = null;

  constructor(owner: Proc, child: ProcessId, ended: () => void) {
    super(owner.kernel.nextRef(), child, '', null);
    this.child = child;
    this.#ended = ended;
    attach(owner, this);
  }

  override fire(): void {
    if (this.owner === null) return;
    detach(this);
    this.deadline?.drop();
    this.#ended();
  }
}

/** The child's time to shut down is over. */
class Deadline extends Timer {
  readonly #proc: Proc;
  readonly #child: ProcessId;
  constructor(proc: Proc, child: ProcessId, delayMs: number) {
    super();
    this.#proc = proc;
    this.#child = child;
    attach(proc, this);
    proc.kernel.timers.start(this, delayMs);
  }
  override fire(): void {
    this.drop();
    exit(this.#proc, this.#child, 'kill');
  }
}

/** Stops the processes side by side: all told, then waited for, each killed when its time is up. */
export function* stopAll(proc: Proc, children: readonly Stopping[]): Generator<Wait, void, unknown> {
  let left = children.length;
  if (left === 0) return;
  const wait = new Wait(proc);
  const ended = (): void => {
    if (--left === 0) wait.wake(undefined);
  };
  const watches = children.map(({ pid }) => {
    const set = new Watch(proc, pid, ended);
    watch(pid, set);
    unlink(proc, pid);
    return set;
  });
  watches.forEach((set, i) => {
    if (!set.active) return;
    const { shutdown } = children[i] as Stopping;
    if (typeof shutdown === 'number') set.deadline = new Deadline(proc, set.child, shutdown);
    exit(proc, set.child, shutdown === 'brutalKill' ? 'kill' : 'shutdown');
  });
  yield* wait.value();
}

import type { ExitReason } from '../exit-reason.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import { ExitMessage } from '../messages.js';
import { keep } from '../process/kept.js';
import { takeMatching } from '../process/mailbox.js';
import { Monitor, watch } from '../process/monitors.js';
import { attach, detach } from '../process/owned.js';
import { EMPTY, GONE, type Proc } from '../process/proc.js';
import { exit, unlink } from '../process/verbs.js';
import { Wait } from '../process/wait.js';
import { Timer } from '../timers/timer.js';
import { childStopped } from './child-reports.js';
import type { ChildSpec } from './child-spec.js';

// How a supervisor ends its children: as in OTP it watches the child, takes the link back (a child could have unlinked
// itself, a monitor cannot be taken away), sends the exit signal and waits.

export interface Stopping {
  readonly pid: ProcessId;
  readonly spec: ChildSpec;
}

/** A monitor of the supervisor's own: it calls back instead of sending a `Down`. */
class Watch extends Monitor {
  readonly child: ProcessId;
  readonly #ended: () => void;
  deadline: Deadline | null = null;
  reason: ExitReason = 'normal';

  constructor(id: number, child: ProcessId, ended: () => void) {
    super(id, child, '', null);
    this.child = child;
    this.#ended = ended;
  }

  override fire(_from: Pid, reason: ExitReason): void {
    if (this.owner === null) return;
    detach(this);
    this.reason = reason;
    this.deadline?.drop();
    this.#ended();
  }
}

/** The child's time to shut down is over. */
class Deadline extends Timer {
  readonly #proc: Proc;
  readonly #child: ProcessId;
  constructor(proc: Proc, child: ProcessId) {
    super();
    this.#proc = proc;
    this.#child = child;
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
    const set = new Watch(proc.kernel.nextRef(), pid, ended);
    attach(proc, set);
    watch(pid, set);
    unlink(proc, pid);
    return set;
  });
  const exits = takeExits(proc, new Set<unknown>(watches.map((set) => set.child)));
  watches.forEach((set, i) => {
    if (!set.active) return;
    const { shutdown } = (children[i] as Stopping).spec;
    if (typeof shutdown === 'number') {
      set.deadline = new Deadline(proc, set.child);
      attach(proc, set.deadline);
      proc.kernel.timers.start(set.deadline, shutdown);
    }
    exit(proc, set.child, shutdown === 'brutalKill' ? 'kill' : 'shutdown');
  });
  yield* wait.value();
  watches.forEach(({ child, reason }, i) => {
    const { spec } = children[i] as Stopping;
    childStopped(proc, spec, child, reason === 'noproc' ? (exits.get(child) ?? reason) : reason);
  });
}

/** Ends that were reported before the links were taken back are not news any more: what they were for. */
function takeExits(proc: Proc, pids: ReadonlySet<unknown>): Map<unknown, ExitReason> {
  const exits = new Map<unknown, ExitReason>();
  const isNews = (message: unknown): boolean => message instanceof ExitMessage && pids.has(message.pid);
  for (let exit = takeMatching(proc, isNews); exit !== EMPTY; exit = takeMatching(proc, isNews)) {
    const { pid, reason } = exit as ExitMessage;
    exits.set(pid, reason);
  }
  return exits;
}

keep(new Watch(0, null as never, () => {}));
keep(new Deadline(GONE, null as never));

import { MisuseError } from '../errors.js';
import { type Pid, ProcessId } from '../identity/pid.js';
import { current } from '../process/current.js';
import type { Proc } from '../process/proc.js';

export interface OwnerOptions {
  /** The process of this thread that the task belongs to. Default: the running one; after a foreign `await` give `this.self`. */
  readonly owner?: Pid;
}

/** The process that a task is to belong to. */
export function ownerOf({ owner }: OwnerOptions, verb: string): Proc {
  if (owner === undefined) {
    if (current !== null) return current;
    throw new MisuseError(
      'no_process',
      `${verb}() was called where no process is known to be running: call it in a process, after an await of something else with { owner: this.self }`,
    );
  }
  if (owner instanceof ProcessId && owner.isLocal) return owner.proc;
  throw new MisuseError('badarg', `${verb}: owner: expected a process of this thread, got ${String(owner)}`);
}

/** Only the owner may ask for a task's result; where nobody is known to run, it is taken to be the owner. */
export function checkOwner(owner: Pid, verb: string): void {
  if (current?.alive && current.pid !== owner) {
    throw new MisuseError('badarg', `${verb}: the task belongs to ${String(owner)}, ${current.pid} cannot ask for its result`);
  }
}

export function checkTimeout(timeoutMs: unknown, what: string): asserts timeoutMs is number {
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
    throw new MisuseError('bad_option', `${what}: expected milliseconds from 0, got ${String(timeoutMs)}`);
  }
}

import type { ProcessId } from '../identity/pid.js';
import type { Proc } from './proc.js';

/** More than this says nothing more. */
const MAX_CALLERS = 16;
/** Only tasks have callers, so a process has no field for them. */
const known = new WeakMap<Proc, readonly ProcessId[]>();

/** `proc` does something for `caller`. */
export function setCaller(proc: Proc, caller: Proc | null): void {
  if (caller?.alive) known.set(proc, [caller.pid, ...callersOf(caller)].slice(0, MAX_CALLERS));
}

/** For whom a process works: who started the task, for whom that one works, and so on. Elixir: `$callers`. */
export function callersOf(proc: Proc): readonly ProcessId[] {
  return known.get(proc) ?? [];
}

import type { Name } from '../identity/name.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { Proc } from '../process/proc.js';

/** Registers a starting process under its name; the holder if somebody has it already. */
export function claimName(proc: Proc, name: Name): ProcessId | undefined {
  const extra = proc.more();
  if (typeof name === 'string') {
    const holder = proc.kernel.names.register(name, proc.pid);
    if (holder !== undefined) return holder as ProcessId;
    extra.name = name;
    return undefined;
  }
  if ('via' in name) {
    if (!name.via.registerName(name.key, proc.pid)) return (name.via.whereisName(name.key) ?? proc.pid) as ProcessId;
    extra.via = name;
    return undefined;
  }
  return claimName(proc, name.name);
}

/** The same where it takes time; null where it does not. The process may have ended when it resolves. */
export function claimNameLater(proc: Proc, name: Name): Promise<Pid | undefined> | null {
  if (typeof name !== 'object' || !('via' in name) || name.via.claimName === undefined) return null;
  return name.via.claimName(name.key, proc.pid).then((holder) => {
    if (holder === undefined && proc.alive) proc.more().via = name;
    return holder;
  });
}

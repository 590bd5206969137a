import type { ProcessId } from '../identity/pid.js';
import type { Proc } from './proc.js';

// A process's half of its links. Pids in here are canonical: of a local process its own, of a remote one the peer table's.

export function addLink(proc: Proc, pid: ProcessId): void {
  const { links } = proc;
  if (links === null) proc.links = pid;
  else if (links instanceof Set) links.add(pid);
  else if (links !== pid) proc.links = new Set([links, pid]);
}

/** False when there was no such link. */
export function removeLink(proc: Proc, pid: ProcessId): boolean {
  const { links } = proc;
  if (links === null) return false;
  if (links === pid) {
    proc.links = null;
    return true;
  }
  if (!(links instanceof Set) || !links.delete(pid)) return false;
  if (links.size === 0) proc.links = null;
  return true;
}

export function isLinked(proc: Proc, pid: ProcessId): boolean {
  const { links } = proc;
  return links === pid || (links instanceof Set && links.has(pid));
}

export function linksOf(proc: Proc): ProcessId[] {
  const { links } = proc;
  if (links === null) return [];
  return links instanceof Set ? [...links] : [links];
}

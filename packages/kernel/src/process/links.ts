import { ProcessId } from '../identity/pid.js';
import type { Proc } from './proc.js';

// A process's half of its links. Pids in here are canonical: of a local process its own, of a remote one the peer table's.

/** One, few in an array, or many in a Set, which would be made anew every few changes. In the order in which they were made. */
export type Links = ProcessId | ProcessId[] | Set<ProcessId>;

const FEW = 8;

export function addLink(proc: Proc, pid: ProcessId): void {
  const { links } = proc;
  if (links === null) proc.links = pid;
  else if (links instanceof ProcessId) {
    if (links !== pid) proc.links = [links, pid];
  } else if (links instanceof Set) links.add(pid);
  else if (!links.includes(pid)) {
    if (links.length < FEW) links.push(pid);
    else proc.links = new Set(links).add(pid);
  }
}

/** False when there was no such link. */
export function removeLink(proc: Proc, pid: ProcessId): boolean {
  const { links } = proc;
  if (links === null) return false;
  if (links === pid) {
    proc.links = null;
    return true;
  }
  if (links instanceof ProcessId) return false;
  if (links instanceof Set) {
    if (!links.delete(pid)) return false;
    if (links.size === 0) proc.links = null;
    return true;
  }
  const at = links.indexOf(pid);
  if (at < 0) return false;
  if (at === links.length - 1) links.pop();
  else links.splice(at, 1);
  if (links.length === 0) proc.links = null;
  return true;
}

export function isLinked(proc: Proc, pid: ProcessId): boolean {
  const { links } = proc;
  if (links === null || links instanceof ProcessId) return links === pid;
  return links instanceof Set ? links.has(pid) : links.includes(pid);
}

export function linksOf(proc: Proc): ProcessId[] {
  const { links } = proc;
  if (links === null) return [];
  return links instanceof ProcessId ? [links] : [...links];
}

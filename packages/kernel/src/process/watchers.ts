import type { Proc, Watcher } from './proc.js';

// Most processes are watched by nobody or by one, so the set exists only from the second on.

export function addWatcher(proc: Proc, watcher: Watcher): void {
  const { watchers } = proc;
  if (watchers === null) proc.watchers = watcher;
  else if (watchers instanceof Set) watchers.add(watcher);
  else proc.watchers = new Set([watchers, watcher]);
}

export function removeWatcher(proc: Proc, watcher: Watcher): void {
  const { watchers } = proc;
  if (watchers === watcher) proc.watchers = null;
  else if (watchers instanceof Set) {
    watchers.delete(watcher);
    if (watchers.size === 0) proc.watchers = null;
  }
}

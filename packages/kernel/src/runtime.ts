import { Kernel } from './kernel.js';
import { current } from './process/current.js';

let installed: Kernel | null = null;

/** The kernel that bare verbs act on: the running process's, else this thread's. A thread that has none yet gets one. */
export function kernel(): Kernel {
  if (current !== null) return current.kernel;
  installed ??= new Kernel();
  return installed;
}

/** Makes `instance` this thread's kernel; returns the one before. For runtimes and tests. */
export function installKernel(instance: Kernel | null): Kernel | null {
  const before = installed;
  installed = instance;
  return before;
}

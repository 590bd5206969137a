import type { Kernel } from './kernel.js';
import { attach } from './process/owned.js';
import type { Proc } from './process/proc.js';
import { settleFor } from './process/resume.js';
import { Timer } from './timers/timer.js';

class Sleep extends Timer {
  #wake: ((value: undefined) => void) | null;
  constructor(wake: (value: undefined) => void) {
    super();
    this.#wake = wake;
  }
  override fire(): void {
    const wake = this.#wake as (value: undefined) => void;
    const { owner } = this;
    this.drop();
    settleFor(owner, wake, undefined);
  }
}

/** Resolves after that time on the kernel's clock; never, if the process ends before. */
export function sleepFor(kernel: Kernel, proc: Proc | null, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = new Sleep(resolve as (value: undefined) => void);
    if (proc !== null) attach(proc, timer);
    kernel.timers.start(timer, delayMs);
  });
}

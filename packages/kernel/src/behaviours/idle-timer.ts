import { IdleExpired } from '../messages.js';
import { deliver } from '../process/deliver.js';
import { IDLE_TIMER } from '../process/flags.js';
import { attach } from '../process/owned.js';
import type { Proc } from '../process/proc.js';
import { Timer } from '../timers/timer.js';

class IdleTimer extends Timer {
  readonly #proc: Proc;
  constructor(proc: Proc) {
    super();
    this.#proc = proc;
  }
  override fire(): void {
    this.drop();
    const proc = this.#proc;
    proc.flags &= ~IDLE_TIMER;
    proc.more().idleTimer = null;
    deliver(proc, new IdleExpired());
  }
}

/** `this.timeout(ms)`: the next message disarms it. */
export function armIdleTimer(proc: Proc, delayMs: number): void {
  const timer = new IdleTimer(proc);
  attach(proc, timer);
  proc.kernel.timers.start(timer, delayMs);
  proc.more().idleTimer = timer;
  proc.flags |= IDLE_TIMER;
}

export function disarmIdleTimer(proc: Proc): void {
  proc.flags &= ~IDLE_TIMER;
  const extra = proc.more();
  extra.idleTimer?.drop();
  extra.idleTimer = null;
}

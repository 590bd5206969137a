import { IdleExpired } from '../messages.js';
import { deliver } from '../process/deliver.js';
import { IDLE_TIMER } from '../process/flags.js';
import { attach } from '../process/owned.js';
import { EMPTY, type Proc } from '../process/proc.js';
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
    proc.more().idleTimer = null;
    // A message that waits already is what the process gets instead.
    if (proc.first === EMPTY) deliver(proc, new IdleExpired());
  }
}

/** `this.timeout(ms)`: in force until the next message, which disarms it. */
export function armIdleTimer(proc: Proc, delayMs: number): void {
  const extra = proc.more();
  extra.idleMs = delayMs;
  proc.flags |= IDLE_TIMER;
  if (proc.first !== EMPTY) return;
  if (delayMs === 0) {
    deliver(proc, new IdleExpired());
    return;
  }
  const timer = new IdleTimer(proc);
  attach(proc, timer);
  proc.kernel.timers.start(timer, delayMs);
  extra.idleTimer = timer;
}

/** Stops the clock; the timeout stays in force. */
export function pauseIdleTimer(proc: Proc): void {
  const extra = proc.more();
  extra.idleTimer?.drop();
  extra.idleTimer = null;
}

export function disarmIdleTimer(proc: Proc): void {
  proc.flags &= ~IDLE_TIMER;
  pauseIdleTimer(proc);
}

/** After a message of `sys` the time begins anew, as in OTP, where the server's loop starts over. */
export function restartIdleTimer(proc: Proc, running: boolean): void {
  pauseIdleTimer(proc);
  if (running) armIdleTimer(proc, proc.more().idleMs);
}

import { observe } from './observing.js';
import type { Proc } from './proc.js';

/** Whether this thread measures for how long its processes run. */
export let measuring = false;

/**
 * From now on `processInfo().busyMs` tells for how long the code of each process of this thread has run: its handlers, and what they do
 * after an `await` of something the kernel promised. Off by default, as each turn of a process then takes two looks at the clock,
 * 140 ns: a short message costs three times the CPU, a call 1.6 times. Call it where the application's module is loaded, for all its
 * threads. OTP: `msacc`, for each process.
 */
export function measureBusyTime(on = true): void {
  measuring = on;
  observe('time', on);
}

/** The process has run since then. */
export function addBusyTime(proc: Proc, since: number): void {
  proc.more().busyMs += proc.kernel.host.now() - since;
}

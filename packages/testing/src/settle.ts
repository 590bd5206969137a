import type { Kernel } from '@rekindle/kernel/internal';

/** So many turns of the event loop in a row without work: what a handler awaits that needs no I/O has been done by then. */
const QUIET_TURNS = 3;

/** Resolves when no process has anything to do. What waits for a timer, or for I/O of its own, does not count. */
export async function settle(kernel: Kernel): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS; ) {
    const before = kernel.turns.idle;
    await new Promise((resolve) => setImmediate(resolve));
    quiet = before && kernel.turns.idle ? quiet + 1 : 0;
  }
}

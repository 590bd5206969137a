import { settle } from './settle.js';
import { world } from './world.js';

/** Resolves when no process has anything to do: all messages are handled, timers excepted. I/O is not waited for. */
export function settled(): Promise<void> {
  return settle(world().kernel);
}

/**
 * Moves the virtual clock on, from timer to timer, and lets processes do after each what there is to do. Needs
 * `useVirtualTime()`.
 */
export async function advance(ms: number): Promise<void> {
  const { clock, kernel } = world();
  if (clock === null) throw new Error('advance: expected useVirtualTime() at the start of the test, the clock is the real one');
  if (!(ms >= 0)) throw new RangeError(`advance: expected milliseconds from 0, got ${String(ms)}`);
  const end = clock.now() + ms;
  await settle(kernel);
  for (let next = clock.nextTimer; next !== undefined && next <= end; next = clock.nextTimer) {
    clock.advanceTo(next);
    await settle(kernel);
  }
  clock.advanceTo(end);
  await settle(kernel);
}

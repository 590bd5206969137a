import { type Context, GenServer, type MonitorRef, type Pid, spawn } from '@rekindle/kernel';
import { heapInUse } from './heap.js';

class Passing extends GenServer {
  touch(): number {
    return 1;
  }
}

const BATCH = 1000;

/**
 * Spawns and ends `count` processes, a thousand at a time, each with a link and a monitor; every hundredth is a server that is
 * called by name. Answers the bytes in use on the heap when a tenth was done, and at the end.
 */
export async function generations(count: number): Promise<{ early: number; late: number; highestSlot: number }> {
  let early = 0;
  let highestSlot = 0;
  for (let done = 0; done < count; done += BATCH) {
    highestSlot = Math.max(highestSlot, await new Promise<number>((resolve) => spawn((context) => generation(context, resolve))));
    if (done + BATCH === Math.ceil(count / 10 / BATCH) * BATCH) early = await heapInUse();
  }
  return { early, late: await heapInUse(), highestSlot };
}

async function generation(context: Context<unknown>, resolve: (highestSlot: number) => void): Promise<void> {
  let highest = 0;
  const waiting = new Set<MonitorRef>();
  for (let i = 0; i < BATCH; i++) {
    const { pid, ref } = context.spawnMonitor(() => {});
    context.link(pid);
    waiting.add(ref);
    highest = Math.max(highest, slotOf(pid));
  }
  for (let i = 0; i < BATCH / 100; i++) {
    const server = await context.start(Passing, undefined, { name: `passing ${i}` });
    await context.call(server, 'touch');
    waiting.add(context.monitor(server));
    context.exit(server, 'kill');
  }
  while (waiting.size > 0) waiting.delete(((await context.receive()) as { ref: MonitorRef }).ref);
  resolve(highest);
}

function slotOf(pid: Pid): number {
  return (pid as unknown as { slot: number }).slot;
}

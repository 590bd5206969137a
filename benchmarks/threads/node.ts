import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { Threads } from '@rekindle/threads/internal';
import type { SchedulerData } from './scheduler.js';

interface NodeOptions {
  /** Loaded on each scheduler, before anything else is done there. */
  readonly module?: string;
  /** Told of each scheduler that has started. */
  readonly up?: () => void;
}

/** A node with so many schedulers, as the server makes it, without the server. */
export async function startNode(schedulers: number, { module, up = () => {} }: NodeOptions = {}): Promise<Threads> {
  const kernel = new Kernel({ node: 'bench', incarnation: 1, thread: 0 });
  installKernel(kernel);
  const entry = new URL('scheduler.js', import.meta.url).href;
  const data: SchedulerData = { module: module ?? null };
  const threads = new Threads(
    kernel,
    { schedulers, entry, data, maxRestarts: 1_000 },
    {
      up,
      down() {},
      fatal(error) {
        throw error;
      },
    },
  );
  await threads.start();
  return threads;
}

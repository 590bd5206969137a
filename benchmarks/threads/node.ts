import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { Threads } from '@rekindle/threads/internal';

/** A node with so many schedulers, as the server makes it, without the server. */
export async function startNode(schedulers: number, down: (thread: number) => void = () => {}): Promise<Threads> {
  const kernel = new Kernel({ node: 'bench', incarnation: 1, thread: 0 });
  installKernel(kernel);
  const entry = new URL('scheduler.js', import.meta.url).href;
  const threads = new Threads(
    kernel,
    { schedulers, entry, data: null, maxRestarts: 1_000 },
    {
      up() {},
      down,
      fatal(error) {
        throw error;
      },
    },
  );
  await threads.start();
  return threads;
}

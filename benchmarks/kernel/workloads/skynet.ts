import { type Context, type Pid, processes, spawn } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

/**
 * Sums up its ten subtrees. One generator function for all inner processes, called with arguments: a generator function
 * made anew for each of them would cost 450 bytes more. A leaf is a plain function.
 */
function* inner({ receive, self }: Context<number>, parent: Pid<number>, first: number, size: number): Generator<unknown, void, number> {
  const part = size / 10;
  for (let i = 0; i < 10; i++) {
    const n = first + i * part;
    if (part === 1) spawn(() => self.send(n));
    else spawn<number>((context) => inner(context, self, n, part));
  }
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += yield* receive();
  parent.send(sum);
}

export const workload: Workload = {
  size: 1_000_000,
  warmUp: 100_000,
  run: (leaves) =>
    inProcess<number, Measured>(async (context) => {
      const alive = processes().length;
      const { self } = context;
      const startedAt = performance.now();
      spawn<number>((root) => inner(root, self, 0, leaves));
      const sum = await context.receive();
      const result = rate(leaves, startedAt);
      expectEqual('sum', sum, (leaves * (leaves - 1)) / 2);
      expectEqual('processes left', processes().length, alive);
      return result;
    }),
};

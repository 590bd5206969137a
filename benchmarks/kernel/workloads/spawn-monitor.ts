import { type Down, GenServer, type Pid } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

const BATCH = 1000;

function body(): void {}

/** Spawns a batch, waits for all its DOWNs, spawns the next. */
class Boss extends GenServer<{ info: 'go' }> {
  left = 0;
  downs = 0;
  normal = 0;
  outer!: Pid<number>;

  override init({ count, outer }: { count: number; outer: Pid<number> }): void {
    this.left = count;
    this.outer = outer;
    this.sendSelf('go');
  }

  override handleInfo(message: 'go' | Down): void {
    if (message !== 'go') {
      if (message.reason === 'normal') this.normal++;
      if (++this.downs % BATCH !== 0) return;
    }
    if (this.left === 0) this.outer.send(this.normal);
    else {
      this.left -= BATCH;
      for (let i = 0; i < BATCH; i++) this.spawnMonitor(body);
    }
  }
}

export const workload: Workload = {
  size: 3_000_000,
  warmUp: 100_000,
  run: (count) =>
    inProcess<number, Measured>(async (context) => {
      const startedAt = performance.now();
      await context.start(Boss, { count, outer: context.self });
      const normal = await context.receive();
      const result = rate(count, startedAt);
      expectEqual('DOWNs with reason normal', normal, count);
      return result;
    }),
};

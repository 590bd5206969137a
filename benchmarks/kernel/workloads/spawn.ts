import { GenServer, type Pid, processes, spawn } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, rate, type Workload } from '../workload.js';

const BATCH = 1000;
let ran = 0;

function body(): void {
  ran++;
}

/** Spawns a batch, goes on when its last process has run; sending to itself would go on before any of them ran. */
class Spawner extends GenServer<{ info: 'more' }> {
  left = 0;
  boss!: Pid<'done'>;

  override init({ count, boss }: { count: number; boss: Pid<'done'> }): void {
    this.left = count;
    this.boss = boss;
    this.spawnBatch();
  }

  override handleInfo(): void {
    if (this.left > 0) this.spawnBatch();
    else this.boss.send('done');
  }

  private spawnBatch(): void {
    const self: Pid<'more'> = this.self;
    this.left -= BATCH;
    for (let i = 1; i < BATCH; i++) spawn(body);
    spawn(() => {
      body();
      self.send('more');
    });
  }
}

export const workload: Workload = {
  size: 3_000_000,
  warmUp: 100_000,
  run: (count) =>
    inProcess<'done', ReturnType<typeof rate>>(async (context) => {
      ran = 0;
      const alive = processes().length;
      const startedAt = performance.now();
      await context.start(Spawner, { count, boss: context.self });
      await context.receive();
      const result = rate(count, startedAt);
      expectEqual('processes that ran', ran, count);
      expectEqual('processes left', processes().length, alive + 1); // the spawner
      return result;
    }),
};

import { GenServer, type Pid, type TimerRef } from '@rekindle/kernel';
import { percentile } from '../../harness/statistics.js';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

/** When it was due, on the clock of `performance.now`. */
interface Tick {
  readonly due: number;
}

class Alarms extends GenServer<{ info: Tick }> {
  boss!: Pid<Float64Array>;
  late = new Float64Array(0);
  fired = 0;

  override init({ boss }: { boss: Pid<Float64Array> }): void {
    this.boss = boss;
  }

  /** Starts and cancels one timer after the other; how many were still pending when cancelled. */
  startAndCancel(count: number): number {
    let pending = 0;
    for (let i = 0; i < count; i++) {
      const timer = this.sendAfter(60_000, { due: 0 });
      if (this.cancelTimer(timer) !== undefined) pending++;
    }
    return pending;
  }

  startAllThenCancelAll(count: number): number {
    const timers: TimerRef[] = [];
    for (let i = 0; i < count; i++) timers.push(this.sendAfter(30_000 + ((i * 7919) % 30_000), { due: 0 }));
    let pending = 0;
    for (const timer of timers) if (this.cancelTimer(timer) !== undefined) pending++;
    return pending;
  }

  /** All due in the second from a tenth of a second from now on. */
  letFire(count: number): void {
    this.late = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const delay = 100 + ((i * 7919) % 1000);
      this.sendAfter(delay, { due: performance.now() + delay });
    }
  }

  override handleInfo({ due }: Tick): void {
    this.late[this.fired++] = performance.now() - due;
    if (this.fired === this.late.length) this.boss.send(this.late);
  }
}

export const workload: Workload = {
  size: 1_000_000,
  warmUp: 100_000,
  run: (count, warmingUp) =>
    inProcess<Float64Array, Measured[]>(async (context) => {
      const alarms = (await Alarms.start({ boss: context.self })).within(Number.POSITIVE_INFINITY);
      let startedAt = performance.now();
      expectEqual('timers cancelled', await alarms.call('startAndCancel', count), count);
      const cancel = rate(count, startedAt, {});
      startedAt = performance.now();
      expectEqual('timers cancelled', await alarms.call('startAllThenCancelAll', count), count);
      const bulk = rate(count, startedAt);
      if (warmingUp) return [];
      const before = process.cpuUsage();
      alarms.cast('letFire', count / 10);
      const late = await context.receive();
      const { user, system } = process.cpuUsage(before);
      expectEqual('timers that fired early', late.filter((ms) => ms < 0).length, 0);
      return [
        { ...cancel, variant: 'cancel' },
        { ...bulk, variant: 'bulk' },
        {
          variant: 'fire',
          value: percentile(late, 0.99) * 1000,
          unit: 'us',
          p50Us: percentile(late, 0.5) * 1000,
          maxUs: percentile(late, 1) * 1000,
          cpuMs: Math.round((user + system) / 1000),
        },
      ];
    }),
};

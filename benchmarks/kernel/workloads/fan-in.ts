import { GenServer, type Pid, spawn } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

const SENDERS = 1000;

interface Numbered {
  readonly type: 'msg';
  readonly n: number;
}

class Receiver extends GenServer<{ info: Numbered }> {
  left = 0;
  sum = 0;
  boss!: Pid<number>;

  override init({ expected, boss }: { expected: number; boss: Pid<number> }): void {
    this.left = expected;
    this.boss = boss;
  }

  override handleInfo({ n }: Numbered): void {
    this.sum += n;
    if (--this.left === 0) this.boss.send(this.sum);
  }
}

const EACH = 1000;

function sendAll(to: Pid<Numbered>): void {
  for (let n = 0; n < EACH; n++) to.send({ type: 'msg', n });
}

/** A thousand senders, a thousand messages each, again and again. */
export const workload: Workload = {
  size: 5,
  warmUp: 1,
  run: (rounds) =>
    inProcess<number, Measured>(async (context) => {
      const startedAt = performance.now();
      for (let round = 0; round < rounds; round++) {
        const receiver = await Receiver.start({ expected: SENDERS * EACH, boss: context.self });
        for (let i = 0; i < SENDERS; i++) spawn(() => sendAll(receiver));
        expectEqual('sum', await context.receive(), (SENDERS * EACH * (EACH - 1)) / 2);
      }
      return rate(rounds * SENDERS * EACH, startedAt);
    }),
};

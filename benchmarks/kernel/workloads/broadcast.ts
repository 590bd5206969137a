import { GenServer, type Pid } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

const RECEIVERS = 10_000;

interface News {
  readonly type: 'news';
  readonly n: number;
}
type Sum = number;

class Reader extends GenServer<{ info: News }> {
  left = 0;
  sum = 0;
  boss!: Pid<Sum>;

  override init({ expected, boss }: { expected: number; boss: Pid<Sum> }): void {
    this.left = expected;
    this.boss = boss;
  }

  override handleInfo({ n }: News): void {
    this.sum += n;
    if (--this.left === 0) this.boss.send(this.sum);
  }
}

/** One round of news per message to itself. */
class Publisher extends GenServer<{ info: News }> {
  readers: readonly Pid<News>[] = [];
  rounds = 0;

  override init({ readers, rounds }: { readers: readonly Pid<News>[]; rounds: number }): void {
    this.readers = readers;
    this.rounds = rounds;
    this.sendSelf({ type: 'news', n: 0 });
  }

  override handleInfo(news: News): void {
    for (const reader of this.readers) reader.send(news);
    if (news.n + 1 < this.rounds) this.sendSelf({ type: 'news', n: news.n + 1 });
  }
}

export const workload: Workload = {
  size: 1000,
  warmUp: 30,
  run: (rounds) =>
    inProcess<Sum, Measured>(async (context) => {
      const readers: Pid<News>[] = [];
      for (let i = 0; i < RECEIVERS; i++) readers.push(await Reader.start({ expected: rounds, boss: context.self }));
      const startedAt = performance.now();
      await Publisher.start({ readers, rounds });
      const sums: Sum[] = [];
      for (let i = 0; i < RECEIVERS; i++) sums.push(await context.receive());
      const result = rate(RECEIVERS * rounds, startedAt);
      for (const sum of sums) expectEqual('sum of a reader', sum, (rounds * (rounds - 1)) / 2);
      return result;
    }),
};

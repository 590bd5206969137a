import { GenServer, type NoReply, noreply, register } from '@rekindle/kernel';
import { expectEqual, type Measured, rate } from '../../kernel/workload.js';
import { startNode } from '../node.js';

// A process starts processes on another scheduler, a hundred at a time, and each one ends itself.

const AT_A_TIME = 100;

export class Child extends GenServer<{ continue: 'end' }> {
  override init(n: number): void {
    if (n < 0) throw new Error('no such child');
  }
  end(): void {
    this.exit(this.self, 'normal');
  }
}

export class Starter extends GenServer {
  startMany(count: number): NoReply<number> {
    const from = this.from<number>();
    void (async () => {
      let started = 0;
      while (started < count) {
        const children = await Promise.all(Array.from({ length: AT_A_TIME }, (_, n) => this.start(Child, n, { thread: 1 })));
        for (const child of children) this.cast(child, 'end');
        started += children.length;
      }
      from.reply(started);
    })();
    return noreply(from);
  }
}

register(Child, Starter);

export async function spawnRemote(): Promise<Measured> {
  await startNode(2);
  const starter = (await Starter.start(undefined, { thread: 0 })).within(60_000);
  for (let pass = 0; pass < 2; pass++) await starter.call('startMany', 10_000);
  const startedAt = performance.now();
  expectEqual('started', await starter.call('startMany', 100_000), 100_000);
  return rate(100_000, startedAt);
}

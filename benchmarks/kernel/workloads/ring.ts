import { GenServer, type Pid, type Ref } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

const NODES = 1000;

interface Token {
  readonly lap: number;
}

class Node extends GenServer<{ info: Token }> {
  next!: Pid<Token>;
  seen = 0;

  override init({ next }: { next: Pid<Token> }): void {
    this.next = next;
  }

  override handleInfo(token: Token): void {
    this.seen++;
    this.next.send(token);
  }

  count(): number {
    return this.seen;
  }
}

/** Closes the ring and counts the laps. */
class First extends GenServer<{ info: Token }> {
  next!: Pid<Token>;
  laps = 0;
  boss!: Pid<number>;

  override init({ laps, boss }: { laps: number; boss: Pid<number> }): void {
    this.laps = laps;
    this.boss = boss;
  }

  begin(next: Pid<Token>): void {
    this.next = next;
    next.send({ lap: 1 });
  }

  override handleInfo({ lap }: Token): void {
    if (lap === this.laps) this.boss.send(lap);
    else this.next.send({ lap: lap + 1 });
  }
}

export const workload: Workload = {
  size: 20_000,
  warmUp: 500,
  run: (laps) =>
    inProcess<number, Measured>(async (context) => {
      const first = await First.start({ laps, boss: context.self });
      const nodes: Ref<Node>[] = [];
      let next: Pid<Token> = first;
      for (let i = 1; i < NODES; i++) {
        const node: Ref<Node> = await Node.start({ next });
        nodes.push(node);
        next = node;
      }
      const startedAt = performance.now();
      first.cast('begin', next);
      expectEqual('laps', await context.receive(), laps);
      const result = rate(NODES * laps, startedAt);
      for (const node of nodes) expectEqual('tokens seen by a node', await node.call('count'), laps);
      return result;
    }),
};

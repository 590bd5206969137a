import { type From, GenServer, type NoReply, noreply, type Pid, register } from '@rekindle/kernel';
import { expectEqual, type Measured, rate } from '../../kernel/workload.js';
import { startNode } from '../node.js';

// A process on one scheduler sends small messages to a process on another one, as fast as it is let.

export interface Small {
  readonly type: 'msg';
  readonly n: number;
}

/** Sends so many in one go, then lets others run. */
const PER_TURN = 1_000;

interface Task {
  readonly left: number;
  readonly to: Pid<Small>;
}

export class Giver extends GenServer<{ info: Task }> {
  override handleInfo({ left, to }: Task): void {
    const until = Math.max(0, left - PER_TURN);
    for (let n = left; n > until; n--) to.send({ type: 'msg', n });
    if (until > 0) (this.self as Pid<Task>).send({ left: until, to });
  }
}

export class Taker extends GenServer<{ info: Small }> {
  #sum = 0;
  #left = 0;
  #from: From<number> | null = null;

  /** The sum of the next so many messages. */
  take(count: number): NoReply<number> {
    this.#sum = 0;
    this.#left = count;
    this.#from = this.from<number>();
    return noreply(this.#from);
  }

  override handleInfo({ n }: Small): void {
    this.#sum += n;
    if (--this.#left === 0) this.#from?.reply(this.#sum);
  }
}

register(Giver, Taker);

export async function oneWay(): Promise<Measured> {
  await startNode(2);
  const giver = await Giver.start(undefined, { thread: 0 });
  const taker = await Taker.start(undefined, { thread: 1 });
  const give = async (count: number): Promise<Measured> => {
    const sum = taker.within(60_000).call('take', count);
    const startedAt = performance.now();
    giver.send({ left: count, to: taker });
    expectEqual('sum', await sum, (count * (count + 1)) / 2);
    return rate(count, startedAt);
  };
  for (let pass = 0; pass < 3; pass++) await give(300_000);
  return give(2_000_000);
}

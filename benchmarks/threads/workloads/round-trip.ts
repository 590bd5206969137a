import { type From, GenServer, type NoReply, noreply, type Pid, type Ref, register } from '@rekindle/kernel';
import { percentile, round } from '../../harness/statistics.js';
import { expectEqual, type Measured } from '../../kernel/workload.js';
import { startNode } from '../node.js';

// One message to a process on another scheduler and one back, over and over.

interface Ball {
  readonly from: Pid<number>;
  readonly n: number;
}

export class Echo extends GenServer<{ info: Ball }> {
  override handleInfo({ from, n }: Ball): void {
    from.send(n);
  }
}

export class Caller extends GenServer<{ info: number }> {
  #times = new Float64Array();
  #round = 0;
  #sentAt = 0;
  #to: Pid<Ball> | null = null;
  #from: From<readonly [p50: number, p99: number, rounds: number]> | null = null;

  /** Plays so many rounds: the median and the 99th percentile, in microseconds. */
  play(rounds: number, to: Ref<Echo>): NoReply<readonly [p50: number, p99: number, rounds: number]> {
    this.#times = new Float64Array(rounds);
    this.#round = 0;
    this.#to = to;
    this.#from = this.from();
    this.#serve();
    return noreply(this.#from);
  }

  #serve(): void {
    this.#sentAt = performance.now();
    this.#to?.send({ from: this.self, n: this.#round });
  }

  override handleInfo(n: number): void {
    if (n !== this.#round) throw new Error(`round ${n} came back in round ${this.#round}`);
    this.#times[this.#round++] = (performance.now() - this.#sentAt) * 1000;
    if (this.#round < this.#times.length) this.#serve();
    else this.#from?.reply([percentile(this.#times, 0.5), percentile(this.#times, 0.99), this.#round]);
  }
}

/** Keeps its thread busy: two of them send one another a message for ever, and look into some array each time. */
export class Chatter extends GenServer<{ info: Pid }> {
  #stopped = false;
  #work = new Array<number>(200).fill(1);

  override handleInfo(other: Pid): void {
    if (this.#stopped) return;
    this.#work[0] = this.#work.reduce((sum, n) => (sum + n) & 0xffff, 0);
    other.send(this.self);
  }

  halt(): void {
    this.#stopped = true;
  }
}

register(Caller, Chatter, Echo);

export async function roundTrip(): Promise<Measured[]> {
  await startNode(2);
  const caller = (await Caller.start(undefined, { thread: 0 })).within(60_000);
  const echo = await Echo.start(undefined, { thread: 1 });
  const play = async (variant: string, rounds: number): Promise<Measured> => {
    const [p50, p99, played] = await caller.call('play', rounds, echo);
    expectEqual('rounds', played, rounds);
    return { variant, value: round(p50), p99: round(p99) };
  };
  for (let pass = 0; pass < 2; pass++) await play('', 10_000);
  const idle = await play('idle', 50_000);
  const chatters = await Promise.all([0, 1, 2, 3].map(() => Chatter.start(undefined, { thread: 1 })));
  chatters.forEach((chatter, i) => {
    chatter.send(chatters[i ^ 1] as Pid);
  });
  await play('', 500);
  const busy = await play('busy', 5_000);
  for (const chatter of chatters) await chatter.call('halt');
  return [idle, busy];
}

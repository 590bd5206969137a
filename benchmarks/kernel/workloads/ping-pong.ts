import { type Context, GenServer, type Pid, type Ref, spawn } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

// Two processes and one message on the way between them: the same work in four forms.

interface Ball {
  readonly type: 'hello' | 'world';
  readonly from: Pid<Ball>;
}
/** How many balls the pinging process got back. */
type Played = number;
type Opponents = (rounds: number, boss: Pid<Played>) => void | Promise<unknown>;

/** The fastest form: messages, handled by `handleInfo`. */
class Ping extends GenServer<{ info: Ball }> {
  played = 0;
  rounds = 0;
  boss!: Pid<Played>;

  override init({ rounds, boss, pong }: { rounds: number; boss: Pid<Played>; pong: Pid<Ball> }): void {
    this.rounds = rounds;
    this.boss = boss;
    pong.send({ type: 'hello', from: this.self });
  }

  override handleInfo({ from }: Ball): void {
    if (++this.played === this.rounds) this.boss.send(this.played);
    else from.send({ type: 'hello', from: this.self });
  }
}

class Pong extends GenServer<{ info: Ball }> {
  override handleInfo({ from }: Ball): void {
    from.send({ type: 'world', from: this.self });
  }
}

async function byInfo(rounds: number, boss: Pid<Played>): Promise<void> {
  const pong = await Pong.start();
  await Ping.start({ rounds, boss, pong });
}

/** Requests without an answer: a method name and arguments instead of a message. */
class CastPing extends GenServer {
  played = 0;
  rounds = 0;
  boss!: Pid<Played>;

  override init({ rounds, boss }: { rounds: number; boss: Pid<Played> }): void {
    this.rounds = rounds;
    this.boss = boss;
  }

  world(from: Ref<CastPong>): void {
    if (++this.played === this.rounds) this.boss.send(this.played);
    else from.cast('hello', this.self);
  }
}

class CastPong extends GenServer {
  hello(from: Ref<CastPing>): void {
    from.cast('world', this.self);
  }
}

async function byCast(rounds: number, boss: Pid<Played>): Promise<void> {
  const pong = await CastPong.start();
  const ping = await CastPing.start({ rounds, boss });
  pong.cast('hello', ping);
}

/** A generator process needs no promise per message. */
function byGenerator(rounds: number, boss: Pid<Played>): void {
  const pong = spawn<Ball>(function* ({ receive, self }) {
    for (;;) {
      const { from } = yield* receive();
      from.send({ type: 'world', from: self });
    }
  });
  spawn<Ball>(function* ({ receive, self }) {
    let played = 0;
    for (; played < rounds; played++) {
      pong.send({ type: 'hello', from: self });
      yield* receive();
    }
    boss.send(played);
  });
}

function byAsync(rounds: number, boss: Pid<Played>): void {
  const pong = spawn<Ball>(async ({ receive, self }) => {
    for (;;) {
      const { from } = await receive();
      from.send({ type: 'world', from: self });
    }
  });
  spawn<Ball>(async ({ receive, self }) => {
    let played = 0;
    for (; played < rounds; played++) {
      pong.send({ type: 'hello', from: self });
      await receive();
    }
    boss.send(played);
  });
}

export async function play(context: Context<Played>, opponents: Opponents, rounds: number): Promise<Measured> {
  const startedAt = performance.now();
  await opponents(rounds, context.self);
  const played = await context.receive();
  const result = rate(2 * rounds, startedAt);
  expectEqual('rounds', played, rounds);
  return result;
}

function form(opponents: Opponents, size: number): Workload {
  return {
    size,
    warmUp: size / 10,
    run: (rounds) => inProcess<Played, Measured>((context) => play(context, opponents, rounds)),
  };
}

export const info: Workload = form(byInfo, 10_000_000);
export const cast: Workload = form(byCast, 5_000_000);
export const generator: Workload = form(byGenerator, 3_000_000);
export const asynchronous: Workload = form(byAsync, 1_000_000);
export { byInfo };

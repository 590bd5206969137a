import { type Context, GenServer, type Pid, spawn } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

interface Noise {
  readonly type: 'noise';
  readonly n: number;
}
interface Match {
  readonly type: 'match';
  readonly n: number;
}

/** Wants only matches; what else comes stays in its mailbox. */
function* picky({ receive }: Context<Noise | Match>, boss: Pid<number>): Generator<unknown, void, unknown> {
  for (;;) {
    const { n } = yield* receive('match');
    boss.send(n);
  }
}

function* ask({ receive }: Context<number>, process: Pid<Match>, rounds: number): Generator<unknown, void, unknown> {
  for (let n = 0; n < rounds; n++) {
    process.send({ type: 'match', n });
    expectEqual('answer', yield* receive(), n);
  }
}

/** Rounds with a process that has so many messages waiting that it does not want now. */
async function behind(context: Context<Measured>, backlog: number, rounds: number): Promise<Measured> {
  const { self } = context;
  spawn<number>(function* (asking) {
    const process = spawn<Noise | Match>((other) => picky(other, asking.self));
    for (let n = 0; n < backlog; n++) process.send({ type: 'noise', n });
    yield* ask(asking, process, 20);
    const startedAt = performance.now();
    yield* ask(asking, process, rounds);
    self.send({ ...rate(rounds, startedAt), variant: `backlog ${backlog}` });
    asking.exit(process, 'kill');
  });
  return context.receive();
}

class Server extends GenServer {
  get(n: number): number {
    return n;
  }
}

/** Calls made by a process that has so many messages waiting. */
async function callBehind(context: Context<Measured>, backlog: number, rounds: number): Promise<Measured> {
  const server = await Server.start();
  const { self } = context;
  const caller = spawn<Noise | 'go'>(async ({ receive }) => {
    await receive((message) => message === 'go');
    const startedAt = performance.now();
    for (let n = 0; n < rounds; n++) expectEqual('answer', await server.call('get', n), n);
    self.send({ ...rate(rounds, startedAt), variant: `call, backlog ${backlog}` });
  });
  for (let n = 0; n < backlog; n++) caller.send({ type: 'noise', n });
  caller.send('go');
  return context.receive();
}

/** So many messages are looked at in all, whatever the backlog. */
export const workload: Workload = {
  size: 50_000_000,
  warmUp: 5_000_000,
  run: (looks) =>
    inProcess<Measured, Measured[]>(async (context) => {
      const results: Measured[] = [];
      for (const backlog of [0, 1000, 10_000, 100_000]) results.push(await behind(context, backlog, Math.ceil(looks / (backlog + 200))));
      for (const backlog of [0, 10_000]) results.push(await callBehind(context, backlog, looks / 250));
      return results;
    }),
};

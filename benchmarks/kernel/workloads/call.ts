import { type Context, GenServer, type Pid, type Ref, spawn } from '@rekindle/kernel';
import { inProcess } from '../in-process.js';
import { expectEqual, type Measured, rate, type Workload } from '../workload.js';

const CALLERS = 1000;

class Server extends GenServer {
  answered = 0;

  get(n: number): number {
    this.answered++;
    return n;
  }
  count(): number {
    return this.answered;
  }
}

/** Calls one after the other; the number of right answers. */
async function callAll(server: Ref<Server>, count: number): Promise<number> {
  let right = 0;
  for (let n = 0; n < count; n++) if ((await server.call('get', n)) === n) right++;
  return right;
}

async function check(server: Ref<Server>, right: number, count: number): Promise<void> {
  expectEqual('right answers', right, count);
  expectEqual('calls answered', await server.call('count'), count);
}

export const one: Workload = {
  size: 1_000_000,
  warmUp: 50_000,
  run: (count) =>
    inProcess<never, Measured>(async () => {
      const server = await Server.start();
      const startedAt = performance.now();
      const right = await callAll(server, count);
      const result = rate(count, startedAt);
      await check(server, right, count);
      return result;
    }),
};

async function callFromMany(context: Context<number>, server: Ref<Server>, each: number): Promise<number> {
  const boss: Pid<number> = context.self;
  for (let i = 0; i < CALLERS; i++) spawn(async () => boss.send(await callAll(server, each)));
  let right = 0;
  for (let i = 0; i < CALLERS; i++) right += await context.receive();
  return right;
}

export const parallel: Workload = {
  size: 1_000_000,
  warmUp: 50_000,
  run: (count) =>
    inProcess<number, Measured>(async (context) => {
      const server = await Server.start();
      const startedAt = performance.now();
      const right = await callFromMany(context, server, count / CALLERS);
      const result = rate(count, startedAt);
      await check(server, right, count);
      return result;
    }),
};

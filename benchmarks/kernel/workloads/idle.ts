import { type Context, GenServer, type Handler, type Pid, processes, spawn } from '@rekindle/kernel';
import { bytesPer } from '../memory.js';
import { expectEqual, type Measured, type Workload } from '../workload.js';

// What a process costs that waits for messages and has a small state.

/** Plain processes that have come to their `receive`. */
let waiting = 0;

function* wait({ receive }: Context<unknown>, n: number): Generator<unknown, void, unknown> {
  waiting++;
  for (let left = n + 1; left > 0; left--) yield* receive();
}

async function waitAsync({ receive }: Context<unknown>, n: number): Promise<void> {
  waiting++;
  for (let left = n + 1; left > 0; left--) await receive();
}

/** The form for very many: between messages there is the handler, and what it refers to. */
function handle(_context: Context<unknown>, n: number): Handler<unknown> {
  let seen = n;
  waiting++;
  return () => {
    seen++;
    if (seen < n) throw new Error(`handled ${seen} messages of ${n}`);
  };
}

class Idle extends GenServer {
  n = 0;
  seen = 0;

  override init({ n }: { n: number }): void {
    this.n = n;
  }
  override handleInfo(): void {
    this.seen++;
  }
}

/** Starts so many plain processes; resolves when all of them wait. */
export async function spawnIdle(count: number, body: typeof wait | typeof waitAsync | typeof handle = wait): Promise<Pid[]> {
  const until = waiting + count;
  const all: Pid[] = new Array(count);
  for (let n = 0; n < count; n++) all[n] = spawn((context) => body(context, n));
  while (waiting < until) await new Promise((resolve) => setImmediate(resolve));
  return all;
}

async function startIdle(count: number): Promise<Pid[]> {
  const all: Pid[] = new Array(count);
  for (let n = 0; n < count; n++) all[n] = await Idle.start({ n });
  return all;
}

function memory(size: number, start: (count: number) => Promise<Pid[]>): Workload {
  const run = async (count: number): Promise<Measured> => {
    const before = processes().length;
    const result = await bytesPer(count, () => start(count));
    expectEqual('processes alive', processes().length, before + count);
    return result;
  };
  return { size, warmUp: 0, run };
}

export const generator: Workload = memory(1_000_000, (count) => spawnIdle(count));
export const handler: Workload = memory(1_000_000, (count) => spawnIdle(count, handle));
export const asynchronous: Workload = memory(1_000_000, (count) => spawnIdle(count, waitAsync));
export const genServer: Workload = memory(300_000, startIdle);

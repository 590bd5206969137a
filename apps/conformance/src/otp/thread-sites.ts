import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { Threads } from '@rekindle/threads/internal';
import type { Json } from './json.js';
import type { Sites } from './stage.js';

/** Requests to a site and their answers: JSON on the lane between its thread and this one. */
export const REQUEST_FRAME = 16;
/** What one site tells another. */
export const FACT_FRAME = 17;

/** What a site's thread is started with. */
export interface SiteData {
  readonly count: number;
  /** The time, one double. */
  readonly clock: SharedArrayBuffer;
  /** The next stamp, one integer. */
  readonly stamps: SharedArrayBuffer;
}

export interface SiteRequest {
  readonly id: number;
  readonly name: string;
  readonly args: Json;
}

export type SiteAnswer = { readonly id: number; readonly value: Json } | { readonly id: number; readonly error: string };

/** `SCHEDULERS=n`: the processes are spread over that many scheduler threads, which follow one virtual clock. */
export async function threadSites(count: number): Promise<Sites> {
  const data: SiteData = { count, clock: new SharedArrayBuffer(8), stamps: new SharedArrayBuffer(4) };
  const clock = new Float64Array(data.clock);
  const kernel = new Kernel();
  installKernel(kernel);
  const fail = (error: Error): never => {
    throw error;
  };
  const threads = new Threads(
    kernel,
    {
      schedulers: count,
      entry: new URL('./thread-site.js', import.meta.url).href,
      host: new URL('./thread-clock.js', import.meta.url).href,
      data,
      stuckAfterMs: 60_000,
    },
    {
      up() {},
      down(thread, reason, detail) {
        fail(new Error(`thread ${thread} is gone: ${reason}`, { cause: detail }));
      },
      fatal: fail,
    },
  );
  await threads.start();
  const numbers = threads.running;
  const waiting = new Map<number, (answer: SiteAnswer) => void>();
  let requests = 0;
  threads.onFrame(REQUEST_FRAME, (_thread, payload) => {
    const answer = JSON.parse(payload.toString()) as SiteAnswer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return {
    count,
    request(site, name, args) {
      const id = requests++;
      const lane = threads.lane(numbers[site] as number);
      if (lane === undefined) throw new Error(`site ${site} is gone`);
      lane.out.write(REQUEST_FRAME, Buffer.from(JSON.stringify({ id, name, args } satisfies SiteRequest)));
      lane.flush();
      return new Promise((resolve, reject) => {
        waiting.set(id, (answer) => ('error' in answer ? reject(new Error(answer.error)) : resolve(answer.value)));
      });
    },
    setTime(ms) {
      clock[0] = ms;
    },
    end: () => threads.stop(1000),
  };
}

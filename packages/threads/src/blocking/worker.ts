// The main module of a worker that runs blocking work, one piece at a time.
import { parentPort } from 'node:worker_threads';
import type { Job, JobResult } from './pool.js';

const port = parentPort as NonNullable<typeof parentPort>;
type Fn = (...args: readonly unknown[]) => unknown;
const compiled = new Map<string, Fn>();

async function functionOf({ source, module, name }: Job): Promise<Fn> {
  if (source !== null) {
    let fn = compiled.get(source);
    if (fn === undefined) compiled.set(source, (fn = new Function(`return (${source})`)() as Fn));
    return fn;
  }
  const fn = ((await import(module as string)) as { readonly [name: string]: unknown })[name];
  if (typeof fn !== 'function') throw new TypeError(`${module}: expected a function as its export '${name}', got ${typeof fn}`);
  return fn as Fn;
}

port.on('message', async (job: Job) => {
  let result: JobResult;
  try {
    result = { ok: true, value: await (await functionOf(job))(...job.args) };
  } catch (error) {
    result = { ok: false, error, code: (error as { code?: unknown } | null)?.code };
  }
  try {
    port.postMessage(result);
  } catch (error) {
    // What says so cannot be cloned itself.
    const message = `its ${result.ok ? 'result' : 'error'} cannot be copied to another thread: ${(error as Error).message}`;
    port.postMessage({ ok: false, error: new Error(message), code: undefined } satisfies JobResult);
  }
});

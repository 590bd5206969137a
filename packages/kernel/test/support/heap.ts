import { setImmediate as macrotask } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use on the heap once everything that nobody holds is gone. */
export async function heapInUse(): Promise<number> {
  // What waits for a finalizer is collected the second time.
  for (let i = 0; i < 2; i++) {
    await macrotask();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { Json, JsonObject } from './json.js';
import { play } from './play.js';

const schedulers = process.env.SCHEDULERS ?? '0';
if (schedulers !== '0' && schedulers !== '1') {
  process.stderr.write(`SCHEDULERS: expected 0 (the main thread) or 1 (a worker thread), got ${schedulers}\n`);
  process.exit(2);
}

const thread = schedulers === '1' ? new Worker(new URL('./player.js', import.meta.url)) : null;

async function trace(scenario: JsonObject): Promise<Json> {
  if (thread === null) return play(scenario);
  thread.postMessage(scenario);
  const [played] = await once(thread, 'message');
  return played as Json;
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') process.stdout.write(`${JSON.stringify(await trace(JSON.parse(line) as JsonObject))}\n`);
}
await thread?.terminate();

import { createInterface } from 'node:readline';
import type { JsonObject } from './json.js';
import { localSites } from './local-sites.js';
import { play } from './play.js';
import { Stage } from './stage.js';
import { threadSites } from './thread-sites.js';

const given = process.env.SCHEDULERS ?? '0';
const schedulers = ['0', '1', '2'].indexOf(given);
if (schedulers < 0) {
  process.stderr.write(`SCHEDULERS: expected 0 (the main thread), 1 (a worker thread) or 2 (spread over two), got ${given}\n`);
  process.exit(2);
}

const sites = schedulers === 0 ? localSites() : await threadSites(schedulers);
const stage = new Stage(sites);

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') process.stdout.write(`${JSON.stringify(await play(JSON.parse(line) as JsonObject, stage))}\n`);
}
await sites.end();

// The process that things happen to: node server.js
import type { Worker } from 'node:worker_threads';
import { startApplication } from 'rekindle';
import { END_THREAD } from './broken.js';

// Ends threads that ask for it, as somebody else's code on the main thread could.
const workers: Worker[] = [];
process.on('worker', (worker) => workers.push(worker));
new BroadcastChannel(END_THREAD).onmessage = ({ data }) => void workers.find(({ threadId }) => threadId === data)?.terminate();

const application = await startApplication({
  module: new URL('application.js', import.meta.url),
  host: '127.0.0.1',
  port: 0,
  schedulers: 2,
  stuckAfterMs: 2_000,
  resourceLimits: { maxOldGenerationSizeMb: 120 },
  stopOnSignals: true,
});
console.log(`listening on ${application.port}`);

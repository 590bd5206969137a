// The process that things happen to: node server.js
import { startApplication } from 'rekindle';

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

import { subscribe } from 'node:diagnostics_channel';
import { type StartOptions, startApplication } from 'rekindle';

// OPTIONS: what startApplication takes, as JSON. SETTINGS: see the application.
const options = JSON.parse(process.env.OPTIONS ?? '{}') as Partial<StartOptions>;

const application = await startApplication({
  module: new URL('application.js', import.meta.url),
  host: '127.0.0.1',
  port: 0,
  ...options,
});
subscribe('phoenix.socket_drain', (batch) => console.log(`drain ${JSON.stringify({ ...(batch as object), at: performance.now() })}`));
process.on('SIGTERM', () => {
  console.log('stopping');
  void application.stop().then(() => process.exit(0));
});
process.on('SIGUSR2', () => console.log(`counters ${JSON.stringify(application.counters)}`));
console.log(`listening on ${application.port}`);

import { type StartOptions, startApplication } from 'rekindle';

// OPTIONS: what startApplication takes, as JSON. SETTINGS: see the application.
const options = JSON.parse(process.env.OPTIONS ?? '{}') as Partial<StartOptions>;

const application = await startApplication({
  module: new URL('application.js', import.meta.url),
  host: '127.0.0.1',
  port: 0,
  ...options,
});
process.on('SIGTERM', () => {
  void application.stop().then(() => process.exit(0));
});
process.on('SIGUSR2', () => console.log(`counters ${JSON.stringify(application.counters)}`));
console.log(`listening on ${application.port}`);

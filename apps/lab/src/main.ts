import { type StartOptions, startApplication } from 'rekindle';

// OPTIONS: what startApplication takes, as JSON.
const options = JSON.parse(process.env.OPTIONS ?? '{}') as Partial<StartOptions>;

try {
  const application = await startApplication({
    module: new URL('application.js', import.meta.url),
    host: '127.0.0.1',
    port: 0,
    ...options,
  });
  process.on('SIGTERM', () => void application.stop().then(() => process.exit(0)));
  console.log(`listening on ${application.port} with ${application.adapter}`);
} catch (error) {
  console.error(error instanceof Error && 'code' in error ? error.message : error);
  process.exit(1);
}

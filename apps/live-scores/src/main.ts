import { startApplication } from 'rekindle';
import { settings } from './settings.js';

async function main(): Promise<void> {
  const { port, schedulers } = settings(process.env);
  const application = await startApplication({
    module: new URL('application.js', import.meta.url),
    host: '127.0.0.1',
    port,
    schedulers,
    stopOnSignals: true,
  });
  console.log(`Live scores: http://localhost:${application.port}`);
}

main().catch((error: unknown) => {
  // An error with a code says everything in its message: a port in use, a bad setting.
  console.error(error instanceof Error && 'code' in error ? error.message : error);
  process.exit(1);
});

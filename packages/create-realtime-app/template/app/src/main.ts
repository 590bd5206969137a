import { startApplication } from 'rekindle';
import { settings } from './settings.js';

async function main(): Promise<void> {
  const { PORT: port, HOST: host, SCHEDULERS: schedulers } = settings(process.env);
  const application = await startApplication({ module: new URL('application.js', import.meta.url), port, host, schedulers });
  console.log(`Listening on http://${host === '127.0.0.1' ? 'localhost' : host}:${application.port}`);

  // Clients are told to come back, then the supervision tree ends in order. Ctrl-C may arrive twice: from the terminal and from npm.
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void application.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
}

main().catch((error: unknown) => {
  // An error with a code says everything in its message: a port in use, a bad setting.
  console.error(error instanceof Error && 'code' in error ? error.message : error);
  process.exit(1);
});

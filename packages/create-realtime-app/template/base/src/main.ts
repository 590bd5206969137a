import { startApplication } from 'rekindle';
import { settings } from './settings.js';

async function main(): Promise<void> {
  //#if cluster
  const { PORT: port, HOST: host, SCHEDULERS: schedulers, NATS_URL, NODE_NAME, CLUSTER } = settings(process.env);
  //#else
  const { PORT: port, HOST: host, SCHEDULERS: schedulers } = settings(process.env);
  //#end
  const application = await startApplication({
    module: new URL('application.js', import.meta.url),
    port,
    host,
    schedulers,
    //#if cluster
    ...(NODE_NAME === undefined ? {} : { node: NODE_NAME }),
    ...(NATS_URL === undefined ? {} : { cluster: { name: CLUSTER, servers: NATS_URL } }),
    //#end
    // Clients are told to come back, then the supervision tree ends in order.
    stopOnSignals: true,
    // For `rekindle tree`, `rekindle remote` and `rekindle cluster status`, run in this folder.
    ...(process.env.NODE_ENV === 'production' ? {} : { control: '.rekindle' }),
  });
  console.log(`Listening on http://${host === '127.0.0.1' ? 'localhost' : host}:${application.port}`);
}

main().catch((error: unknown) => {
  // An error with a code says everything in its message: a port in use, a bad setting.
  console.error(error instanceof Error && 'code' in error ? error.message : error);
  process.exit(1);
});

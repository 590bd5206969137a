import { startApplication } from 'rekindle';
import { serveMetrics } from './metrics.js';
import { settings } from './settings.js';

async function main(): Promise<void> {
  const { host, port, adapter, schedulers, node, cluster, metricsPort } = settings(process.env);
  const application = await startApplication({
    module: new URL('application.js', import.meta.url),
    host,
    port,
    adapter,
    stopOnSignals: true,
    ...(schedulers === undefined ? {} : { schedulers }),
    ...(node === undefined ? {} : { node }),
    ...(cluster === undefined ? {} : { cluster }),
  });
  console.log(`listening on ${application.port}`);
  if (metricsPort === null) return;
  const metrics = await serveMetrics(metricsPort, host, () => application.counters);
  metrics.server.unref();
  console.log(`metrics on ${metrics.port}`);
}

main().catch((error: unknown) => {
  // An error with a code says everything in its message: a port in use, a bad setting.
  console.error(error instanceof Error && 'code' in error ? error.message : error);
  process.exit(1);
});

import { startApplication } from 'rekindle';
import { settings } from './environment.js';

async function main(): Promise<void> {
  const { host, cluster, node, ...rest } = settings(process.env);
  const application = await startApplication({
    module: new URL('application.js', import.meta.url),
    host,
    node,
    stopOnSignals: true,
    ...(cluster === undefined ? {} : { cluster }),
    ...rest,
  });
  const { port, schedulers, adapter } = application;
  console.log(`Chat: http://${host === '127.0.0.1' ? 'localhost' : host}:${port} (open it in two windows)`);
  console.log(`${schedulers} scheduler thread${schedulers === 1 ? '' : 's'}, adapter '${adapter}'. Ctrl-C stops it.`);
  if (cluster !== undefined) console.log(`Node '${node}' of the cluster '${cluster.name}'.`);
}

main().catch((error: unknown) => {
  // An error with a code says everything in its message: a port in use, a bad setting.
  console.error(error instanceof Error && 'code' in error ? error.message : error);
  process.exit(1);
});

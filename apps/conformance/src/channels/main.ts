import { startApplication } from 'rekindle';

const { PORT, SCHEDULERS, ADAPTER, NODE_NAME } = process.env;

const application = await startApplication({
  module: new URL('./application.js', import.meta.url),
  host: '127.0.0.1',
  port: Number(PORT ?? 4000),
  strictMessages: false,
  ...(SCHEDULERS === undefined ? {} : { schedulers: Number(SCHEDULERS) }),
  ...(ADAPTER === undefined ? {} : { adapter: ADAPTER as 'uws' | 'node' }),
  ...(NODE_NAME === undefined ? {} : { node: NODE_NAME }),
});
process.on('SIGTERM', () => void application.stop().then(() => process.exit(0)));
process.on('SIGINT', () => void application.stop().then(() => process.exit(0)));
console.log('listening');

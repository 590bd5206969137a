import { startApplication } from 'rekindle';

const { port } = await startApplication({
  module: new URL('application.js', import.meta.url),
  port: Number(process.env.PORT ?? 4000),
  schedulers: 2,
  stopOnSignals: true,
});
console.log(`Documents: http://localhost:${port}`);

// tsx src/main.ts: serves a page, has a thread replaced, and serves it again.
import { startApplication } from 'rekindle';
import { Counter } from './counter.js';

const application = await startApplication({
  module: new URL('./application.js', import.meta.url),
  host: '127.0.0.1',
  port: 0,
  schedulers: Number(process.env.SCHEDULERS ?? 2),
  adapter: 'node',
});
const page = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${application.port}/`)).text();
console.log(await page());
if (application.schedulers > 0) {
  const counter = Counter.at('counter').within(500);
  const first = await counter.call('where');
  counter.cast('exitThread');
  while ((await counter.call('where').catch(() => first)) === first) await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(`replaced, ${await page()}`);
}
await application.stop();
console.log('stopped');

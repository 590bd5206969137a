// A user's suite, run by vitest in its own workers, over sources that nobody has built.
import { startApplication } from 'rekindle';
import { describe, expect, it } from 'vitest';
import { Counter } from '../src/counter.js';

describe.each([0, 2])('the application, SCHEDULERS=%i', (schedulers) => {
  it('serves, and its actors can be called', async () => {
    const application = await startApplication({
      module: new URL('../src/application.ts', import.meta.url),
      host: '127.0.0.1',
      port: 0,
      adapter: 'node',
      schedulers,
    });
    try {
      const page = await (await fetch(`http://127.0.0.1:${application.port}/`)).text();
      expect(page).toBe('served from sources: 1');
      expect(await Counter.at('counter').call('add', 2)).toBe(3);
      expect((await Counter.at('counter').call('where')) > 0).toBe(schedulers > 0);
    } finally {
      await application.stop();
    }
  });
});

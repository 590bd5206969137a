import { type Browser, launchBrowser } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../raw-client.js';
import { CutProxy } from './cut-proxy.js';
import { startPush } from './endpoint.js';

/** What runs in the page. */
const script = `
  globalThis.seen = [];
  const source = new EventSource('/sse?topics=match:page');
  source.addEventListener('number', ({ data }) => seen.push(JSON.parse(data).payload.n));
  source.addEventListener('channel', ({ data }) => {
    document.title = JSON.parse(data).recovered === undefined ? 'joined' : 'recovered';
  });
`;

describe('EventSource in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it.each(['uws', 'node'])('drops and resumes without a gap, %s', async (adapter) => {
    const server = await startPush({ adapter, schedulers: 1 });
    const line = await CutProxy.to(() => server.port);
    const control = await RawClient.connect(server.port);
    const joinRef = await control.join('control');
    const publish = (first: number, count: number) => control.push('control', 'publish', { topics: ['match:page'], first, count }, joinRef);
    const page = await browser.context.newPage();
    try {
      await page.goto(`http://127.0.0.1:${line.port}/`);
      await page.evaluate(script);
      const seen = () => page.evaluate('seen');
      const sees = (n: number) => page.waitForFunction(`seen.at(-1) === ${n}`);
      await page.waitForFunction("document.title === 'joined'");
      await publish(1, 3);
      await sees(3);
      line.cut();
      await publish(4, 3);
      await sees(6);
      await publish(7, 1);
      await sees(7);
      expect(await seen()).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(await page.title()).toBe('recovered');
    } finally {
      await page.close();
      line.close();
      control.close();
      await server.stop();
    }
  });
});

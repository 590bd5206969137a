import { type Browser, type Child, launchBrowser, root, screenshot, startNode, TcpProxy } from '@rekindle/e2e';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const KEY = 'a-key-of-the-test-0123456789';
const main = `${root}/apps/live-scores/dist/main.js`;
const TIMEOUT_MS = 15_000;

const live = (page: Page) => page.locator('#status').getByText('Live', { exact: true }).waitFor();
const away = (page: Page) => page.locator('#status').getByText('Connecting…', { exact: true }).waitFor();
const line = (page: Page, text: string) => page.locator('.line .text').getByText(text, { exact: true });
const score = (page: Page, text: string) => page.locator('.score').getByText(text, { exact: true }).waitFor();
/** Oldest first. */
const lines = async (page: Page) => (await page.locator('.line .text').allTextContents()).reverse();

describe('the live scores', () => {
  let browser: Browser;
  let server: Child;
  let link: TcpProxy;
  let port: number;
  const pages: Page[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    server = await startNode(main, [], { env: { PORT: '0', PUBLISH_KEY: KEY }, ready: /localhost:\d+/ });
    port = Number(/localhost:(\d+)/.exec(server.output)?.[1]);
    link = await TcpProxy.start(port);
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await link.close();
    expect(await server.kill()).toEqual({ code: 0, signal: null });
  });

  async function open(path: string): Promise<Page> {
    const page = await browser.context.newPage();
    pages.push(page);
    page.setDefaultTimeout(TIMEOUT_MS);
    await page.goto(`http://127.0.0.1:${link.port}${path}`);
    await live(page);
    return page;
  }

  /** Past the link, as another service does. */
  async function publish(messages: readonly object[], id: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${port}/api/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'idempotency-key': id },
      body: JSON.stringify({ messages }),
    });
    return response.json();
  }
  const said = (minute: number, text: string) => ({ topic: 'match:1', event: 'line', payload: { minute, text } });
  const stands = (minute: number, home: number, away: number) => ({ topic: 'score:1', event: 'score', payload: { home, away, minute } });

  it('loses nothing when the line is cut, on server-sent events and on the stock client', async () => {
    const [board, match] = [await open('/'), await open('/match.html#1')];
    const both = [board, match];
    await publish([said(1, 'Kick-off'), stands(1, 0, 0)], 'one');
    await Promise.all(both.flatMap((page) => [line(page, 'Kick-off').waitFor(), score(page, '0 : 0')]));
    link.cut();
    await Promise.all(both.map(away));
    await publish([said(2, 'GOAL for Northport'), stands(2, 1, 0)], 'two');
    await publish([said(3, 'A corner'), said(4, 'GOAL for Eastvale'), stands(4, 1, 1)], 'three');
    link.heal();
    await Promise.all(both.flatMap((page) => [line(page, 'GOAL for Eastvale').waitFor(), score(page, '1 : 1')]));
    await Promise.all(both.map(live));
    expect(await publish([said(3, 'A corner'), said(4, 'GOAL for Eastvale'), stands(4, 1, 1)], 'three')).toEqual({
      published: 0,
      repeated: 3,
    });
    await publish([said(5, 'A save')], 'four');
    await Promise.all(both.map((page) => line(page, 'A save').waitFor()));
    const all = ['Kick-off', 'GOAL for Northport', 'A corner', 'GOAL for Eastvale', 'A save'];
    for (const page of both) expect(await lines(page)).toEqual(all);
    await screenshot(board, 'live-scores-board', 'live-scores');
    await screenshot(match, 'live-scores-match');
  });

  it('shows the score at once to who comes later', async () => {
    await publish([stands(7, 2, 1)], 'early');
    for (const path of ['/', '/match.html#1']) {
      const page = await open(path);
      await score(page, '2 : 1');
      expect(await lines(page)).toEqual([]);
    }
  });

  it('is told over HTTP only by who has the key, and only about its topics', async () => {
    const headers = { authorization: 'Bearer of-nobody-0123456789' };
    const url = `http://127.0.0.1:${port}/api/publish`;
    expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(said(1, 'Nonsense')) })).status).toBe(401);
    expect(await publish([{ topic: 'weather:1', event: 'line', payload: {} }], 'other')).toMatchObject({
      error: { code: 'unknown_topic' },
    });
  });

  it('says in one line that it needs a key', async () => {
    const child = await startNode(main, [], { env: { PORT: '0', PUBLISH_KEY: 'too short' }, ready: /\n/ });
    expect((await child.exited).code).toBe(1);
    expect(child.output.trim()).toMatch(/^PUBLISH_KEY: expected 20 to 512 characters/);
    expect(child.output).not.toContain('too short');
  });
});

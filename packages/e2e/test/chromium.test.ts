import { mkdirSync, readFileSync } from 'node:fs';
import { artifacts, type Browser, launchBrowser } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('launchBrowser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  }, 600_000);

  afterAll(() => browser?.close());

  it('opens a page and takes a picture of it', async () => {
    const page = await browser.context.newPage();
    await page.goto('data:text/html,<title>Rekindle</title><h1>Hello</h1>');
    expect(await page.title()).toBe('Rekindle');
    mkdirSync(artifacts, { recursive: true });
    const path = `${artifacts}/chromium.png`;
    await page.screenshot({ path });
    expect(readFileSync(path).subarray(1, 4).toString('latin1')).toBe('PNG');
  });
});
